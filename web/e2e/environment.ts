function need(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set; run these tests with \`cargo xtask e2e\``)
  return value
}

export const panelUrl = need('NUSANTARA_PANEL_URL')
export const hostAddress = need('NUSANTARA_HOST_ADDRESS')
/** The panel's address by a name, which passkeys are bound to; none for the mock, which judges no passkeys. */
export const passkeyUrl = process.env['NUSANTARA_PASSKEY_URL']
export const setupToken = () => need('NUSANTARA_SETUP_TOKEN')

/** The admin that the first run makes. */
export const admin = { username: 'wayan', password: 'kopi susu gula aren' }

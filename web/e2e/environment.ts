function need(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set; run these tests with \`cargo xtask e2e\``)
  return value
}

export const panelUrl = need('NUSANTARA_PANEL_URL')
export const hostAddress = need('NUSANTARA_HOST_ADDRESS')
export const setupToken = () => need('NUSANTARA_SETUP_TOKEN')

/** The admin that the first run makes. */
export const admin = { username: 'wayan', password: 'kopi susu gula aren' }

/** What the browser does with passkeys: it asks the device, and gives its answer as JSON. Knows no server. */

/** Why passkeys do not work here; undefined when they do. `origin` is the only address at which the panel takes them. */
export type Hindrance = 'nameless' | 'elsewhere' | 'browser'

export function hindrance(origin: string | null | undefined, here: string, browser: boolean): Hindrance | undefined {
  if (typeof origin !== 'string') return 'nameless'
  if (origin !== here) return 'elsewhere'
  return browser ? undefined : 'browser'
}

/** Whether this browser reads questions and writes answers as JSON (Chrome 129, Firefox 119, Safari 18.4). */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential && 'parseCreationOptionsFromJSON' in PublicKeyCredential
}

const isQuestion = (question: unknown): question is { challenge: string } => typeof question === 'object' && question !== null && 'challenge' in question
const isCreation = (question: unknown): question is PublicKeyCredentialCreationOptionsJSON => isQuestion(question) && 'user' in question
const isRequest = (question: unknown): question is PublicKeyCredentialRequestOptionsJSON => isQuestion(question) && !('user' in question)

/** The device's answer; undefined when its owner did not want to, or had none that fits. */
async function answer(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const given = await ask()
    return given instanceof PublicKeyCredential ? given.toJSON() : undefined
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return undefined
    throw error
  }
}

/** Has the device make a passkey. An `InvalidStateError` says that it has one of this login already. */
export async function makePasskey(question: unknown): Promise<unknown> {
  if (!isCreation(question)) throw new TypeError('no question for a new passkey')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(question)
  return answer(() => navigator.credentials.create({ publicKey }))
}

/** Has the device use a passkey. */
export async function usePasskey(question: unknown): Promise<unknown> {
  if (!isRequest(question)) throw new TypeError('no question for a passkey')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(question)
  return answer(() => navigator.credentials.get({ publicKey }))
}

import type { FieldProblem, Problem, ProblemCode } from './types'

/** Why a call did not answer with its data: a code of the API, or one of our own when no problem document came. */
export type FailureCode = ProblemCode | 'unreachable' | 'unexpected'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: FailureCode
  readonly status: number
  readonly fields: readonly FieldProblem[]
  readonly requestId: string | undefined
  /** Seconds to wait before trying again, when the server said so. */
  readonly retryAfter: number | undefined

  constructor(failure: {
    code: FailureCode
    message: string
    status?: number
    fields?: readonly FieldProblem[]
    requestId?: string | undefined
    retryAfter?: number | undefined
    cause?: unknown
  }) {
    super(failure.message, { cause: failure.cause })
    this.code = failure.code
    this.status = failure.status ?? 0
    this.fields = failure.fields ?? []
    this.requestId = failure.requestId
    this.retryAfter = failure.retryAfter
  }

  static fromAnswer(body: unknown, response: Response): ApiError {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    const retryAfter = Number.isFinite(seconds) ? seconds : undefined
    const status = response.status
    if (isProblem(body)) {
      const { code, detail: message, errors: fields = [], request_id: requestId } = body
      return new ApiError({ code, message, status, fields, requestId, retryAfter })
    }
    return new ApiError({ code: 'unexpected', message: `HTTP ${status}`, status, retryAfter })
  }

  static unreachable(cause: unknown): ApiError {
    return new ApiError({ code: 'unreachable', message: 'The panel did not answer.', cause })
  }
}

export function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'detail' in body &&
    typeof body.detail === 'string' &&
    'request_id' in body &&
    typeof body.request_id === 'string'
  )
}

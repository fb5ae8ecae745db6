import { expect, it } from 'vitest'
import { deviceOf } from './model'

it('names the browser and the system that people know', () => {
  const chrome = 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36'
  expect(deviceOf(chrome)).toBe('Chrome · Android')
  expect(deviceOf(`${chrome} Edg/140.0`)).toBe('Edge · Android')
  expect(deviceOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 15) AppleWebKit/605 Version/18 Safari/605')).toBe('Safari · Mac OS')
  expect(deviceOf('nusantara/0.1.0')).toBe('nusantara/0.1.0')
  expect(deviceOf('curl/8')).toBeUndefined()
})

// Runs before the first paint: theme and language as they were last chosen, else as the system says.
// lib/preferences.ts is the other reader and the only writer of these keys.
;(function () {
  var root = document.documentElement
  var get = function (key) {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  var theme = get('np.theme')
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  var language = get('np.language')
  if (language !== 'id' && language !== 'en') {
    language = /^(?:id|in|jv|su|ms)\b/i.test(navigator.language) ? 'id' : 'en'
  }
  root.lang = language
})()

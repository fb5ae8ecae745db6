<?php
// The starter page of a new site. Replace this file with your own.
$status = [];
foreach (@file('/proc/self/status') ?: [] as $line) {
    [$key, $value] = array_pad(explode(':', $line, 2), 2, '');
    $status[$key] = preg_split('/\s+/', trim($value));
}
$uid = function_exists('posix_geteuid') ? posix_geteuid() : (int) ($status['Uid'][1] ?? getmyuid());
$name = function_exists('posix_getpwuid') ? (posix_getpwuid($uid)['name'] ?? '') : get_current_user();
$rows = [
    'PHP' => PHP_VERSION,
    'SAPI' => PHP_SAPI,
    'User' => $name === '' ? (string) $uid : "$name ($uid)",
    'UID' => (string) $uid,
    'Memory limit' => (string) ini_get('memory_limit'),
];
header('Cache-Control: no-store');
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ domain }}</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.6 system-ui, sans-serif; }
  main { width: min(34rem, 100% - 3rem); padding: 3rem 0; }
  h1 { margin: 0 0 .5rem; font-size: clamp(1.5rem, 5vw, 2.25rem); line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
  p { margin: 0; opacity: .8; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 2rem 0 0; padding-top: 1.5rem; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  dt { opacity: .65; }
  dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
</style>
<main>
  <h1>{{ domain }}</h1>
  <p>This site is ready. Put your files in <code>{{ docroot }}</code>.</p>
  <p lang="id">Situs ini sudah siap. Letakkan berkas Anda di <code>{{ docroot }}</code>.</p>
  <dl>
<?php foreach ($rows as $key => $value): ?>
    <dt><?= $key ?></dt><dd><?= htmlspecialchars($value) ?></dd>
<?php endforeach ?>
  </dl>
</main>
</html>

// Builds the style sheet and the script that the server embeds: sass, then away with what no
// template uses, then right-to-left, then small. Run by `make`; see
// docs/adr/0006-pages-without-script.md.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { transform } from 'lightningcss'
import postcss from 'postcss'
import rtlcss from 'postcss-rtlcss'
import { PurgeCSS } from 'purgecss'
import { compile, Logger } from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../../..')
const built = join(here, 'built')
const budget = 15 * 1024 // bytes, gzip: docs/adr/0006

const { css } = compile(join(here, 'style/main.scss'), {
  loadPaths: [join(here, 'node_modules')],
  logger: Logger.silent, // deprecations of the design system are its own to mend
  style: 'expanded',
})

// Class names stand whole in templates and Go files, never put together from
// pieces, so that a plain search finds each.
const [purged] = await new PurgeCSS().purge({
  content: sources(),
  css: [{ raw: css }],
  defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
  safelist: { standard: ['html', 'body', ':root'] },
  variables: true,
})

// The design system asks for pictures of its own here and there (the cross of a
// search box): browsers draw those themselves.
const noPictures = { postcssPlugin: 'no-pictures', Declaration: (d) => { if (/url\(\s*["']?(?!data:)/.test(d.value)) d.remove() } }

// :where adds no weight: our own rules, which come later, still win.
const both = await postcss([noPictures, rtlcss({ mode: 'combined', ltrPrefix: ':where([dir="ltr"])', rtlPrefix: ':where([dir="rtl"])', bothPrefix: ':where([dir])' })]).process(purged.css, { from: undefined })

const small = transform({
  filename: 'style.css',
  code: Buffer.from(both.css),
  minify: true,
}).code

for (const found of small.toString().matchAll(/url\(\s*["']?([^"')]{0,60})/g)) {
  if (!found[1].startsWith('data:')) stop(`the style sheet would fetch ${found[1]}`)
}
if (/@font-face|@import/.test(small.toString())) stop('the style sheet would fetch a font or another sheet')

const gz = gzipSync(small, { level: 9 })
const br = brotliCompressSync(small, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
if (gz.length > budget) stop(`the style sheet is ${gz.length} bytes gzip; the budget is ${budget}`)

// The scripts are short enough to be served as they are written, less their comments.
const scriptBudget = 8 * 1024
const script = Buffer.concat([readScript('live.js'), readScript('idle.js')])
// A page with passkeys asks for one script, not two.
const passkey = Buffer.concat([readScript('idle.js'), readScript('passkey.js')])

const hashed = (kind, body, end) => `${kind}.${createHash('sha256').update(body).digest('hex').slice(0, 12)}.${end}`
const name = hashed('style', small, 'css')
const scriptName = hashed('script', script, 'js')
const passkeyName = hashed('passkey', passkey, 'js')
mkdirSync(built, { recursive: true })
for (const old of readdirSync(built)) {
  if (old !== '.keep') rmSync(join(built, old))
}
writeFileSync(join(built, name), small)
writeFileSync(join(built, `${name}.gz`), gz)
writeFileSync(join(built, `${name}.br`), br)
writeFileSync(join(built, scriptName), script)
writeFileSync(join(built, `${scriptName}.gz`), gzipSync(script, { level: 9 }))
writeFileSync(join(built, passkeyName), passkey)
writeFileSync(join(built, `${passkeyName}.gz`), gzipSync(passkey, { level: 9 }))
writeFileSync(join(built, 'manifest.json'), JSON.stringify({ style: name, script: scriptName, passkey: passkeyName }) + '\n')
console.log(`${scriptName}: ${script.length} bytes`)
console.log(`${name}: ${small.length} bytes, ${gz.length} gzip, ${br.length} brotli (budget ${budget} gzip)`)

// sources are the files that may name a class: templates and their Go code, but
// not what is generated from them and not tests.
function sources() {
  const skip = /_templ\.go$|_test\.go$/
  const found = []
  for (const folder of ['internal/web', 'e2e/showcase']) walk(join(root, folder))
  return found
  function walk(folder) {
    let entries
    try {
      entries = readdirSync(folder, { withFileTypes: true })
    } catch {
      return
    }
    for (const e of entries) {
      if (e.isDirectory() && e.name !== 'node_modules') walk(join(folder, e.name))
      else if (/\.(templ|go)$/.test(e.name) && !skip.test(e.name)) found.push(join(folder, e.name))
    }
  }
}

function readScript(file) {
  const body = Buffer.from(readFileSync(join(here, 'script', file), 'utf8').replace(/^\s*\/\/.*\n/gm, ''))
  if (body.length > scriptBudget) stop(`${file} is ${body.length} bytes; the budget is ${scriptBudget}`)
  if (/https?:|eval|innerHTML|import/.test(body.toString())) stop(`${file} asks elsewhere, or makes markup or code of words`)
  return body
}

function stop(why) {
  console.error(`build.mjs: ${why}`)
  process.exit(1)
}

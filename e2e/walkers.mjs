// Three ways to walk through the pages: with the keyboard alone, without scripts, and as
// a client that is no browser. Each can open, follow, choose, type and press, and counts
// pages and clicks as a person does: every full load is a page, the first included;
// every link, button and choice is a click. Typing is not one.
import { parse } from 'node-html-parser'
import { signIn, visitor } from './lib.mjs'
import { fits, stopped } from './rules.mjs'

// plain is what is read: one space between words, and none of the marks that say which
// way text runs. Without those marks, the mirrored language is the English one.
export const plain = (s) => (s ?? '').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim()

// chosen is the place of what has these words, or else begins with them; -1 if nothing.
function chosen(texts, words) {
  const all = texts.map(plain)
  const exactly = all.indexOf(words)
  return exactly >= 0 ? exactly : all.findIndex((t) => t.startsWith(words))
}

const kinds = { link: 'a[href]', button: 'button', label: 'label' }

class Browser {
  pages = 0
  clicks = 0
  faults = []

  static async start(browser, base, who, { width, lang = 'en', large = false, script }) {
    const w = new this()
    Object.assign(w, { base, lang, large, v: await visitor(browser, base, { width, height: width < 600 ? 844 : 900, script }) })
    if (who) await signIn(w.v.context, base, who)
    return w
  }

  get page() { return this.v.page }

  async close() { await this.v.context.close() }

  async loads(act) {
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), act()])
    if (!answer) return // within the page
    this.pages++
    this.status = answer.status()
    if (this.status >= 500) throw new Error(`${new URL(this.page.url()).pathname} answered ${this.status}`)
    await this.arrived()
  }

  // arrived: with large text, each page on the way is held to its width.
  async arrived() {
    if (!this.large) return
    await this.page.evaluate(() => { document.documentElement.style.fontSize = '200%' })
    this.faults.push(...(await fits(this.page, `${new URL(this.page.url()).pathname}, text at 200 %`)).map((f) => ({ ...f, rule: 'enlarged' })))
  }

  async open(path) {
    const url = new URL(path, this.base)
    if (this.lang !== 'en') url.searchParams.set('lang', this.lang)
    await this.loads(() => this.page.goto(url.href))
  }

  // find is the element of a kind that has these words: in the main part, or else anywhere.
  async find(kind, words) {
    for (const part of ['main ', '']) {
      const all = this.page.locator(part + kinds[kind])
      const i = chosen(await all.evaluateAll((es) => es.map((e) => e.textContent)), words)
      if (i >= 0) return all.nth(i)
    }
    throw new Error(`there is no ${kind} "${words}" on ${new URL(this.page.url()).pathname}`)
  }

  async field(label) {
    const id = await (await this.find('label', label)).getAttribute('for')
    return this.page.locator(`[id="${id}"]`)
  }

  async activate(e) {
    const act = await this.ready(e)
    this.clicks++
    await this.loads(act)
  }

  async follow(words) { await this.activate(await this.find('link', words)) }
  async press(words) { await this.activate(await this.find('button', words)) }
  async choose(words) { await this.pick(await this.field(words)) }
  async type(label, words) { await this.write(await this.field(label), words) }
  async text() { return plain(await this.page.evaluate(() => document.body.innerText)) }
}

// Scriptless walks with a pointer, in a browser that runs no script.
export class Scriptless extends Browser {
  static start(browser, base, who, how) { return super.start(browser, base, who, { ...how, script: false }) }

  async unfold(e) {
    const folded = e.locator('xpath=ancestor::details[not(@open)]')
    for (let n = await folded.count(); n > 0; n--) {
      this.clicks++
      await folded.first().locator('summary').first().click()
    }
  }

  async ready(e) {
    await this.unfold(e)
    return () => e.click()
  }

  async pick(e) {
    await this.unfold(e)
    this.clicks++
    await e.check({ force: true })
  }

  async write(e, words) {
    const options = await e.locator('option').allTextContents()
    if (options.length > 0) await e.selectOption({ index: chosen(options, words) })
    else await e.fill(words)
  }
}

// Keyboard walks with Tab, Enter, Space and arrows. At each stop the focus must be seen,
// and each stop must come after the last as one reads.
export class Keyboard extends Browser {
  static start(browser, base, who, how) { return super.start(browser, base, who, { ...how, script: true }) }

  // reach presses Tab until e has the focus, unfolding what hides it.
  async reach(e, most = 400) {
    let last
    for (let i = 0; i < most; i++) {
      await this.page.keyboard.press('Tab')
      const at = await stopped(this.page, last)
      if (!at) throw new Error(`Tab never reaches ${plain(await e.textContent()) || 'the field'}`)
      this.faults.push(...at.faults)
      last = at.place
      // Here: on it, or on one of its radios, between which arrows go; folded: on what hides it.
      const { here, folded } = await e.evaluate((x) => {
        const on = document.activeElement
        return { here: x === on || (x.type === 'radio' && on.type === 'radio' && on.name === x.name), folded: on.tagName === 'SUMMARY' && x.closest('details:not([open])') === on.parentElement }
      })
      if (here) return
      if (folded) {
        this.clicks++
        await this.page.keyboard.press('Enter')
      }
    }
    throw new Error(`${most} stops and not there yet`)
  }

  async ready(e) {
    await this.reach(e)
    return () => this.page.keyboard.press('Enter')
  }

  async pick(e) {
    await this.reach(e)
    this.clicks++
    for (let i = 0; i < 20 && !await e.evaluate((x) => x === document.activeElement); i++) await this.page.keyboard.press('ArrowDown')
    if (!await e.isChecked()) await this.page.keyboard.press('Space')
    if (!await e.isChecked()) throw new Error('the keyboard does not choose it')
  }

  async write(e, words) {
    await this.reach(e)
    await this.page.keyboard.type(words)
  }
}

// Client is no browser: it asks, reads the HTML, and posts forms as a browser would.
export class Client {
  pages = 0
  clicks = 0
  faults = []
  jar = new Map()
  given = new Map() // what was typed and chosen in the open page: element to value

  static async start(_, base, who, { lang = 'en' } = {}) {
    const c = new this()
    Object.assign(c, { base, lang })
    if (who) await c.ask('/demo/sign-in', new URLSearchParams({ who }), true)
    return c
  }

  async close() {}

  async ask(path, form, quietly = false) {
    let url = new URL(path, this.url ?? this.base)
    if (!this.url && this.lang !== 'en' && !quietly) url.searchParams.set('lang', this.lang)
    let answer
    for (let method = form ? 'POST' : 'GET', hops = 0; ; hops++) {
      if (url.origin !== new URL(this.base).origin || hops > 5) throw new Error(`led to ${url.origin}`)
      answer = await fetch(url, {
        method, redirect: 'manual', body: method === 'POST' ? form : undefined,
        headers: { Origin: new URL(this.base).origin, Cookie: [...this.jar].map(([k, v]) => `${k}=${v}`).join('; ') },
      })
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
        this.jar.set(name, value)
      }
      if (quietly) return void await answer.arrayBuffer()
      if (answer.status !== 303) break
      await answer.arrayBuffer()
      url = new URL(answer.headers.get('location'), url)
      method = 'GET'
    }
    this.pages++
    this.status = answer.status
    this.url = url.href
    this.given.clear()
    this.root = parse(await answer.text())
    if (this.status >= 500) throw new Error(`${url.pathname} answered ${this.status}`)
  }

  async open(path) {
    this.url = undefined
    await this.ask(path)
  }

  async again() { await this.ask(this.url) }

  find(kind, words) {
    for (const part of ['main ', '']) {
      const all = this.root.querySelectorAll(part + kinds[kind])
      const i = chosen(all.map((e) => e.textContent), words)
      if (i >= 0) return all[i]
    }
    throw new Error(`there is no ${kind} "${words}" on ${new URL(this.url).pathname}`)
  }

  field(label) { return this.root.querySelector(`[id="${this.find('label', label).getAttribute('for')}"]`) }

  unfold(e) { if (e.closest('details:not([open])')) this.clicks++ }

  async follow(words) {
    const e = this.find('link', words)
    this.unfold(e)
    this.clicks++
    const to = e.getAttribute('href')
    if (!to.startsWith('#')) await this.ask(to)
  }

  async choose(words) {
    const e = this.field(words)
    this.unfold(e)
    this.clicks++
    if (e.getAttribute('type') === 'radio') for (const [o] of this.given) if (o.getAttribute('name') === e.getAttribute('name')) this.given.delete(o)
    this.given.set(e, e.getAttribute('value') ?? 'on')
  }

  async type(label, words) {
    const e = this.field(label)
    const options = e.querySelectorAll('option')
    this.given.set(e, options.length > 0 ? options[chosen(options.map((o) => o.text), words)].getAttribute('value') : words)
  }

  async press(words) {
    const button = this.find('button', words)
    this.unfold(button)
    this.clicks++
    const form = button.closest('form')
    const sent = new URLSearchParams()
    for (const e of form.querySelectorAll('input, textarea, select')) {
      const name = e.getAttribute('name')
      const type = e.getAttribute('type')
      if (!name) continue
      if (type === 'radio' || type === 'checkbox') {
        const others = [...this.given.keys()].some((o) => type === 'radio' && o.getAttribute('name') === name)
        if (this.given.has(e) || (e.hasAttribute('checked') && !others)) sent.append(name, e.getAttribute('value') ?? 'on')
      } else {
        sent.append(name, this.given.get(e) ?? (e.tagName === 'TEXTAREA' ? e.textContent : e.tagName === 'SELECT' ? (e.querySelector('option[selected]') ?? e.querySelector('option'))?.getAttribute('value') : e.getAttribute('value')) ?? '')
      }
    }
    if (button.getAttribute('name')) sent.append(button.getAttribute('name'), button.getAttribute('value') ?? '')
    const to = new URL(form.getAttribute('action') || this.url, this.url)
    if ((form.getAttribute('method') ?? 'get').toLowerCase() === 'post') return this.ask(to.href, sent)
    to.search = sent
    await this.ask(to.href)
  }

  async text() { return plain(this.root.querySelector('body')?.structuredText) }
}

// The messages about one training, in their order. The browser connects anew by itself, and says what it has seen.

const GRACE = 1500; // ms without a connection before that is worth a word
const AGAIN = 3000; // ms until the next try where the browser gave up but the training is not gone

class Stream {
  constructor(run, { onmessage, onlost, ongone }) {
    Object.assign(this, { onmessage, onlost, ongone });
    this.address = new URL(`live/${run}`, document.baseURI);
    this.connect();
  }

  connect() {
    this.source = new EventSource(this.address);
    this.source.onopen = () => this.found();
    this.source.onmessage = (event) => {
      this.found();
      this.onmessage(JSON.parse(event.data));
    };
    this.source.onerror = () => this.lose();
  }

  found() {
    clearTimeout(this.losing);
    this.losing = undefined;
    this.onlost(false);
  }

  lose() {
    this.losing ??= setTimeout(() => this.onlost(true), GRACE);
    if (this.source.readyState === EventSource.CLOSED) this.inquire();
  }

  // Told not to come back (204), or was it only a bad moment?
  async inquire() {
    const asking = new AbortController();
    const status = await fetch(this.address, { signal: asking.signal }).then((answer) => answer.status, () => undefined);
    asking.abort(); // of a stream nothing more is wanted
    if (this.ended) return;
    if (status !== 204) this.retry = setTimeout(() => this.connect(), AGAIN);
    else {
      clearTimeout(this.losing);
      this.onlost(false);
      this.ongone();
    }
  }

  end() {
    this.ended = true;
    clearTimeout(this.losing);
    clearTimeout(this.retry);
    this.source.close();
  }
}

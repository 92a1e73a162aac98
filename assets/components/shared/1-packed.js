// Numbers with their names, as pages/figures/packed.py packed them.

function unpack(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const numbers = new Float64Array(bytes.slice(4 + size).buffer);
  const table = {};
  for (const [name, [at, shape]] of Object.entries(header.arrays)) {
    const width = shape.slice(1).reduce((a, b) => a * b, 1);
    const all = numbers.subarray(at, at + shape[0] * width);
    table[name] = { all, width, row: (t) => all.subarray(t * width, (t + 1) * width) };
  }
  return { ...header, table, at: (name, t, k = 0) => table[name].row(t)[k] };
}

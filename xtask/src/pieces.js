// Becomes part of the glue of an app that is cut apart, whose `wasm` are the exports of what was loaded at the start. A
// piece that could not be had is asked for again the next time.
const pieces = {};

const fetched = (address) =>
  (pieces[address] ??= fetch(address)
    .then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
      return WebAssembly.instantiateStreaming(answer, { __wasm_split: wasm });
    })
    .catch((error) => {
      delete pieces[address];
      throw error;
    }));

// A function of the app's table is told whether all of it is there.
const fetching = (addresses) => (told, whom) =>
  Promise.all(addresses.map(fetched))
    .then(() => 1)
    .catch((error) => (console.error(error), 0))
    .then((is_here) => wasm.__indirect_function_table.get(told)(whom, is_here));

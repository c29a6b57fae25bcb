// Starts the desk, and says so in words when it cannot: no code but this runs before the WASM does.
import start from "{{asset:js}}";

start({ module_or_path: "{{asset:wasm}}" }).catch((error) => {
  const line = document.getElementById("boot-line");
  if (line) {
    line.textContent = typeof WebAssembly === "object"
      ? line.dataset.failed
      : "This browser has no WebAssembly, which the desk needs. Please use a newer one.";
  }
  console.error(error);
});

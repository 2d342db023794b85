import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: { eqeqeq: "error", "prefer-const": "error", "no-var": "error", "no-undef": "error" },
  },
  // What computes knows no page: it runs in Node, too.
  {
    files: ["src/core/**"],
    languageOptions: {
      globals: {
        ...Object.fromEntries(Object.keys(globals.browser).map((name) => [name, "off"])),
        ...globals["shared-node-browser"],
      },
    },
    rules: { "no-restricted-imports": ["error", { patterns: ["**/view/*"] }] },
  },
  { files: ["test/**", "*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];

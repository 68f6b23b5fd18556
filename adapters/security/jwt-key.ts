import { generateKeyPairSync, createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** An ES256 key pair in PEM, and the name that tokens call it by. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * The key that access tokens are signed with: read from `path`, or made and written there, readable by its owner only.
 * Processes that share the file trust each other's tokens. Errors: throws when the file holds no EC P-256 key.
 */
export async function loadSigningKey(path: string): Promise<SigningKey> {
  const privateKey = await readOrMake(path);
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Error(`${path} does not hold an EC P-256 private key in PEM`);
  }
  const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }) as string;
  return {
    id: createHash("sha256").update(publicKey).digest("base64url").slice(0, 16),
    privateKey,
    publicKey,
  };
}

async function readOrMake(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await mkdir(dirname(path), { recursive: true });
  // Written whole under another name first: whoever finds the file finds all of it.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, privateKey, { mode: 0o600 });
  try {
    await link(draft, path);
    return privateKey;
  } catch (error) {
    // Another process was first: its key counts.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return await readFile(path, "utf8");
    throw error;
  } finally {
    await rm(draft);
  }
}

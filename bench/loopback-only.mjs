import { Server } from "node:net";

/*
 * Loaded before Portkey's gateway, which listens on every interface and cannot be told otherwise. An open proxy to a
 * custom host has no business on the network while a bench runs.
 */
const listen = Server.prototype.listen;

/**
 * @this {Server}
 * @param {unknown[]} given `listen(port, …)`, the one form that is used here
 */
Server.prototype.listen = function listenOnLoopback(...given) {
  const callback = given.find((part) => typeof part === "function");
  return listen.call(this, { port: Number(given[0]), host: "127.0.0.1" }, callback && (() => callback()));
};

// Loaded into a server before it starts: collects the garbage and tells the resident memory whenever its parent asks, and does not
// let the server outlive its parent.
process.on('message', () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage.rss());
});
process.once('disconnect', () => process.exit());
process.channel?.unref();

/* Plotly is a large chunk that is loaded on first use; its size needs no warning at every build. */
module.exports = { performance: { hints: false } };

/** Tailwind 4 runs as a PostCSS plugin; it finds its classes by itself. */
const config = { plugins: { "@tailwindcss/postcss": {} } };

export default config;

/** Runs once before the suite: makes the rendered media fixtures that the tests read. */
export default async function setup(): Promise<void> {
  const { makeFixtures } = await import('../fixtures/make.ts');
  await makeFixtures();
}

/** Runs once before the suite: bundles the report page and renders the media fixtures that the tests read. */
export default async function setup(): Promise<void> {
  const [{ makeFixtures }, { buildPage }] = await Promise.all([
    import('../fixtures/make.ts'),
    import('../src/report/page/build.ts'),
  ]);
  await buildPage();
  await makeFixtures();
}

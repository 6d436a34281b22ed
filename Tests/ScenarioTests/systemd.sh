# Tests of the rooms that need a user's own service manager, in a session that has one.

claim_scopes_are_made_and_the_journal_is_read() {
    expect 0 /checkout/.build/release/martletPackageTests.xctest \
        --testing-library swift-testing --filter UserManagerTests
    within "$out$err" 'Test run with 3 tests in 1 suite passed'
    absent "$out$err" SKIPPED
}

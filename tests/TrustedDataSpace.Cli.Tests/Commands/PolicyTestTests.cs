using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class PolicyTestTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Policies_that_come_with_tds_pass()
    {
        var run = await CommandRun.OfAsync("policy", "test");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"^[1-9][0-9]+ tests passed, 0 failed", run.Output);
    }

    [Fact]
    public async Task Failing_test_is_named_with_its_place()
    {
        Write("package a_test\n\ntest_good if true\n\ntest_bad if 1 == 2\n");
        var run = await CommandRun.OfAsync("policy", "test", folder.Path);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("a_test.rego:5:", run.Output, StringComparison.Ordinal);
        Assert.Contains("test_bad", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 tests passed, 1 failed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_compile_is_shown_with_its_place()
    {
        Write("package a_test\n\ntest_bad if {\n");
        var run = await CommandRun.OfAsync("policy", "test", folder.Path);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("a_test.rego:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_without_tests_is_no_success()
    {
        var run = await CommandRun.OfAsync("policy", "test", folder.Path);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("0 tests passed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_no_test_has_is_no_success_and_is_told()
    {
        Write("package a_test\n\ntest_good if true\n");
        var run = await CommandRun.OfAsync("policy", "test", folder.Path, "--run", "zzz");
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("No test has 'zzz'", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("tests passed", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await CommandRun.OfAsync("policy", "test", folder.Path, "--run", "good")).Code);
    }

    private void Write(string text) => File.WriteAllText(folder["a_test.rego"], text);
}

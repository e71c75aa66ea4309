using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Bundles;

/// <summary>A connector's own rules narrow and never widen.</summary>
public sealed class OwnRulesTests : IDisposable
{
    private const string Denies = "package tds.layers.own\n\ndeny contains {\"message\": \"closed today\"} if input.stage == \"catalog\"\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tds-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Own_rules_are_one_more_layer_and_another_revision()
    {
        Write("own.rego", Denies);
        Write("own_test.rego", "package tds.layers.own_test\n\ntest_x if true\n");
        var composed = OwnRules.Over(PolicyBundle.BuiltIn(), folder.FullName);
        Assert.NotEqual(PolicyBundle.BuiltIn().Revision, composed.Revision);
        Assert.Equal(["layers/own/own.rego"], composed.Files.Select(file => file.Path).Except(PolicyBundle.BuiltIn().Files.Select(file => file.Path)));
    }

    [Fact]
    public async Task What_the_space_allows_the_own_layer_can_deny()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn());
        Assert.True((await engine.DecideAsync(Question.At("catalog", Odrl.Offer(Odrl.Rule())))).Allow);

        Write("own.rego", Denies);
        engine.Replace(OwnRules.Over(PolicyBundle.BuiltIn(), folder.FullName));
        var decision = await engine.DecideAsync(Question.At("catalog", Odrl.Offer(Odrl.Rule())));
        Assert.False(decision.Allow);
        Assert.Contains(decision.Reasons, reason => reason.Message == "closed today");
    }

    [Theory]
    [InlineData("package tds\n\npermitted := true\n")]
    [InlineData("package tds.layers.space\n\nfine := true\n")]
    [InlineData("package tds.layers.ownership\n\ndeny := set()\n")]
    [InlineData("package tds.agreement\n\nreadable := true\n")]
    [InlineData("import rego.v1\n")]
    public void Rules_in_a_package_of_the_space_could_widen_and_are_refused(string rules)
    {
        Write("own.rego", rules);
        Assert.Throws<PolicyBundleException>(() => OwnRules.Over(PolicyBundle.BuiltIn(), folder.FullName));
    }

    [Fact]
    public void Space_that_has_the_package_of_own_rules_is_refused()
    {
        Write("own.rego", Denies);
        var space = PolicyBundle.BuiltIn().With(new BundleFile("layers/x/x.rego", Denies));
        Assert.Contains("which is for those of a connector", Assert.Throws<PolicyBundleException>(() => OwnRules.Over(space, folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_without_rules_is_refused() => Assert.Throws<PolicyBundleException>(() => OwnRules.Over(PolicyBundle.BuiltIn(), folder.FullName));

    [Fact]
    public void Link_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "own.rego"), "/etc/hostname");
        Assert.Throws<PolicyBundleException>(() => OwnRules.Over(PolicyBundle.BuiltIn(), folder.FullName));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);
}

using TrustedDataSpace.Policy.Bundles;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Bundles;

public sealed class PolicyBundleTests
{
    private static readonly BundleFile Manifest = new(".manifest", """{"roots": ["tds"]}""");
    private static readonly BundleFile Decision = new("tds/decision.rego", "package tds\n\ndecision := 1\n");

    [Fact]
    public void Built_in_bundle_is_the_policies_folder_without_its_tests()
    {
        var builtIn = PolicyBundle.BuiltIn();
        var folder = PolicyBundle.FromFolder(RepositoryFolder.Policies);

        Assert.Equal(folder.Files, builtIn.Files);
        Assert.Equal(folder.Revision, builtIn.Revision);
        Assert.Equal(
            ["layers/power_grid/power_grid.rego", "layers/space/space.rego", "tds/agreement.rego", "tds/constraints.rego", "tds/decision.rego", "tds/membership.rego", "tds/named.rego", "tds/networks.rego", "tds/operators.rego", "tds/parties.rego", "tds/validity.rego", "tds/weekdays.rego"],
            builtIn.Files.Select(file => file.Path));
    }

    [Fact]
    public void Revision_is_computed_and_changes_with_any_content()
    {
        var bundle = PolicyBundle.Create([Manifest, Decision]);

        Assert.Matches("^sha256:[0-9a-f]{16}$", bundle.Revision);
        Assert.Equal(bundle.Revision, PolicyBundle.Create([Decision, Manifest]).Revision);
        Assert.NotEqual(bundle.Revision, PolicyBundle.Create([Manifest, Decision with { Text = Decision.Text + "\n" }]).Revision);
        Assert.NotEqual(bundle.Revision, PolicyBundle.Create([Manifest, Decision with { Path = "tds/other.rego" }]).Revision);
        Assert.NotEqual(bundle.Revision, PolicyBundle.Create([new(".manifest", """{"roots": ["tds", "more"]}"""), Decision]).Revision);
    }

    [Fact]
    public void Revision_of_the_manifest_counts_when_it_is_set() =>
        Assert.Equal("2026-11", PolicyBundle.Create([new(".manifest", """{"revision": "2026-11", "roots": ["tds"]}"""), Decision]).Revision);

    [Fact]
    public void Revision_that_claims_another_content_is_refused() =>
        AssertRefused("but the content is", [new(".manifest", """{"revision": "sha256:0000000000000000", "roots": ["tds"]}"""), Decision]);

    [Fact]
    public void Added_layer_gives_a_new_revision()
    {
        var bundle = PolicyBundle.BuiltIn();
        var more = bundle.With(new("layers/own/own.rego", "package tds.layers.own\n"));

        Assert.Equal(bundle.Files.Count + 1, more.Files.Count);
        Assert.NotEqual(bundle.Revision, more.Revision);
    }

    [Theory]
    [InlineData("tds.operators")]
    [InlineData("tds")]
    [InlineData("tds.layers")]
    [InlineData("other")]
    public void Layer_that_names_another_package_is_refused(string package) =>
        AssertRefused("layers/own/own.rego: package", [Manifest, Decision, new("layers/own/own.rego", $"package {package}\n")]);

    [Theory]
    [InlineData("# package tds.layers.own\rpackage tds\n")]
    [InlineData("package\n\ttds.layers.own\n")]
    [InlineData("package tds[\"layers\"].own\n")]
    [InlineData("x := 1\npackage tds.layers.own\n")]
    [InlineData("")]
    public void Package_that_is_hard_to_read_is_refused(string text) =>
        AssertRefused("does not begin with a plain package line", [Manifest, Decision, new("layers/own/own.rego", text)]);

    [Fact]
    public void Comments_may_stand_before_the_package() =>
        Assert.Equal(2, PolicyBundle.Create([Manifest, Decision, new("layers/own/own.rego", "# What we add.\n\n  # More.\r\npackage tds.layers.own # ours\n")]).Files.Count);

    [Fact]
    public void Layer_outside_the_layers_folder_is_refused() =>
        AssertRefused("is in the wrong place", [Manifest, Decision, new("tds/own.rego", "package tds.layers.own\n")]);

    [Fact]
    public void What_is_outside_the_roots_is_refused()
    {
        AssertRefused("outside the bundle's roots", [Manifest, Decision, new("tdsx/a.rego", "package tdsx\n")]);
        AssertRefused("outside the bundle's roots", [Manifest, Decision, new("data.json", """{"other": 1}""")]);
    }

    [Fact]
    public void Base_documents_are_mounted_at_their_folders()
    {
        var bundle = PolicyBundle.Create([Manifest, Decision, new("tds/data.json", """{"limits": {"a": 1}}"""), new("tds/limits/data.json", """{"b": 2}""")]);

        Assert.Equal("""{"tds":{"limits":{"a":1,"b":2}}}""", bundle.Data?.GetRawText());
        Assert.Null(PolicyBundle.Create([Manifest, Decision]).Data);
    }

    [Fact]
    public void Base_documents_that_overlap_or_cannot_be_read_are_refused()
    {
        AssertRefused("another data.json gives too", [Manifest, Decision, new("tds/data.json", """{"limits": {"a": 1}}"""), new("tds/limits/data.json", """{"a": 2}""")]);
        AssertRefused("another data.json gives too", [Manifest, Decision, new("tds/data.json", """{"limits": 1}"""), new("tds/limits/data.json", """{"a": 2}""")]);
        AssertRefused("tds/data.json", [Manifest, Decision, new("tds/data.json", "[1]")]);
        AssertRefused("tds/data.json", [Manifest, Decision, new("tds/data.json", "{")]);
    }

    [Theory]
    [InlineData("/tds/a.rego")]
    [InlineData("../a.rego")]
    [InlineData("tds/../../a.rego")]
    [InlineData("./tds/a.rego")]
    [InlineData("tds//a.rego")]
    [InlineData("tds\\a.rego")]
    [InlineData("C:/a.rego")]
    [InlineData("tds/a b.rego")]
    [InlineData("tds/a\n.rego")]
    [InlineData("tds/run.sh")]
    [InlineData("policy.wasm")]
    public void Path_is_refused(string path) => AssertRefused(path + ":", [Manifest, Decision, new(path, "package tds\n")]);

    [Fact]
    public void Same_path_twice_is_refused_also_in_other_case()
    {
        AssertRefused("more than once", [Manifest, Decision, Decision]);
        AssertRefused("more than once", [Manifest, Decision, Decision with { Path = "tds/Decision.rego" }]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("roots: tds")]
    [InlineData("""{"roots": []}""")]
    [InlineData("""{"roots": [""]}""")]
    [InlineData("""{"roots": "tds"}""")]
    [InlineData("""{"roots": ["tds"], "rego_version": 0}""")]
    public void Manifest_that_cannot_be_used_is_refused(string manifest) => AssertRefused(".manifest", [new(".manifest", manifest), Decision]);

    [Fact]
    public void Bundle_without_a_manifest_is_refused() => AssertRefused(".manifest: is missing", [Decision]);

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var refused = Assert.Throws<PolicyBundleException>(() => PolicyBundle.Create([Manifest, new("/a.rego", "package tds\n"), new("b.txt", ""), new("c.rego", "x")]));

        Assert.Equal(3, refused.Problems.Count);
    }

    private static void AssertRefused(string expected, BundleFile[] files) =>
        Assert.Contains(expected, Assert.Throws<PolicyBundleException>(() => PolicyBundle.Create(files)).Message, StringComparison.Ordinal);
}

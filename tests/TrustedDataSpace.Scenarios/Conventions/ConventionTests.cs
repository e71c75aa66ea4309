using System.Text.RegularExpressions;
using System.Xml.Linq;
using TrustedDataSpace.Protocol.Evidence;
using Xunit;

namespace TrustedDataSpace.Scenarios.Conventions;

/// <summary>House rules that a compiler does not check (docs/design.md).</summary>
public sealed partial class ConventionTests
{
    private const int MostLines = 400;
    private const int MostLinesOfTheRegoEngine = 600;

    /// <summary>Which project may refer to which: the picture of docs/design.md §2.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Protocol"] = [],
        ["Policy"] = [],
        ["Hosting"] = ["Protocol", "Policy"],
        ["Authority"] = ["Hosting"],
        ["Connector"] = ["Hosting"],
        ["Cli"] = ["Authority", "Connector"],
    };

    [Fact]
    public void Projects_refer_to_each_other_only_in_the_directions_of_the_design()
    {
        var projects = SourceTree.Files("src", "*.csproj").ToList();
        Assert.Equal(Allowed.Keys.Order(), projects.Select(NameOf).Order());
        foreach (var project in projects)
        {
            var references = XDocument.Parse(SourceTree.Read(project)).Descendants("ProjectReference")
                .Select(reference => NameOf(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Equal(Allowed[NameOf(project)].Order(), references.Order());
        }
    }

    [Theory]
    [InlineData("TrustedDataSpace.Protocol", "Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "Dapper", "TrustedDataSpace.Policy")]
    [InlineData("TrustedDataSpace.Policy", "Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "Dapper", "TrustedDataSpace.Protocol")]
    public void Leaf_libraries_know_no_web_server_no_storage_and_not_each_other(string project, params string[] forbidden)
    {
        foreach (var file in SourceTree.Files("src/" + project, "*.cs"))
        {
            var text = SourceTree.Read(file);
            Assert.All(forbidden, name => Assert.False(text.Contains("using " + name, StringComparison.Ordinal), $"{file} uses {name}"));
        }
    }

    [Fact]
    public void No_source_file_is_longer_than_its_limit()
    {
        var tooLong = SourceTree.Files("src", "*.cs")
            .Select(file => (File: file, Lines: SourceTree.Read(file).Split('\n').Count(line => !string.IsNullOrWhiteSpace(line))))
            .Where(entry => entry.Lines > (entry.File.Contains("/Rego/", StringComparison.Ordinal) ? MostLinesOfTheRegoEngine : MostLines));
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Nothing_is_left_unfinished_or_skipped()
    {
        var marks = SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("tests", "*.cs")).Concat(SourceTree.Files("policies", "*.rego"))
            .Where(file => !file.EndsWith("/ConventionTests.cs", StringComparison.Ordinal))
            .Where(file => Unfinished().IsMatch(SourceTree.Read(file)));
        Assert.Empty(marks);
    }

    [Fact]
    public void No_two_scripts_of_a_database_have_one_number()
    {
        var scripts = SourceTree.Files("src", "*.sql").ToList();
        Assert.NotEmpty(scripts);
        Assert.DoesNotContain(
            scripts.CountBy(script => (Project: script.Split('/').First(part => part.StartsWith("TrustedDataSpace.", StringComparison.Ordinal)), Number: Path.GetFileName(script)[..3])),
            number => number.Value > 1);
    }

    [Fact]
    public void Every_package_version_stands_in_one_place()
    {
        foreach (var project in SourceTree.Files("src", "*.csproj").Concat(SourceTree.Files("tests", "*.csproj")))
        {
            Assert.DoesNotContain(XDocument.Parse(SourceTree.Read(project)).Descendants("PackageReference"), reference => reference.Attribute("Version") is not null);
        }
    }

    [Fact]
    public void Every_policy_file_has_its_test_beside_it()
    {
        var policies = SourceTree.Files("policies", "*.rego").ToList();
        Assert.NotEmpty(policies);
        Assert.All(
            policies.Where(file => !file.EndsWith("_test.rego", StringComparison.Ordinal)),
            file => Assert.Contains(file[..^".rego".Length] + "_test.rego", policies));
    }

    [Fact]
    public void Every_kind_of_event_that_a_connector_writes_stands_in_the_table_of_the_docs()
    {
        var named = EventNames().Matches(SourceTree.Read("docs/events.md")).Select(match => match.Groups[1].Value).ToList();
        // A row names a family once: `negotiation.requested`, `.offered`.
        var known = named.Zip(named.Select((name, i) => named.Take(i + 1).Last(one => one[0] != '.').Split('.')[0]), (name, family) => name[0] == '.' ? family + name : name).ToHashSet();
        var written = SourceTree.Files("src/TrustedDataSpace.Connector", "*.cs").Concat(SourceTree.Files("src/TrustedDataSpace.Hosting", "*.cs"))
            .SelectMany(file => KindNames().Matches(SourceTree.Read(file)))
            .Select(match => (string)typeof(EvidenceKinds).GetField(match.Groups[1].Value)!.GetRawConstantValue()!)
            .Distinct();
        Assert.Empty(written.Except(known));
    }

    [GeneratedRegex(@"`([a-z_]*\.[a-zA-Z_]+)`(?=[^|\n]*\|)")]
    private static partial Regex EventNames();

    [GeneratedRegex(@"\bEvidenceKinds\.([A-Z]\w+)")]
    private static partial Regex KindNames();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b|NotImplementedException|Skip\s*=\s*""")]
    private static partial Regex Unfinished();

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project)["TrustedDataSpace.".Length..];
}

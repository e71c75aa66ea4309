using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Space;

public sealed class SpaceFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Sample_describes_a_grid_company_and_a_virtual_power_plant()
    {
        var definition = SpaceFile.Load(Samples.Folder("power-grid"));
        Assert.Equal("power-grid", definition.Space);
        Assert.Equal(["grid", "vpp"], definition.Participants.Select(participant => participant.ShortName));
        Assert.Equal(["system_demand_48", "load_curve_96", "hainan_feeders_96"], definition.Participants[0].Products.Select(product => product.Id));
        Assert.True(Path.IsPathFullyQualified(definition.Source.DemandFile));
        Assert.All(definition.OnFreePorts().Participants, participant => Assert.Equal(0, participant.Port));
    }

    [Fact]
    public void Missing_file_names_the_path_it_looked_for() =>
        Assert.Contains(folder["space.yaml"], Refused(null).Message, StringComparison.Ordinal);

    [Fact]
    public void Unknown_key_is_refused_with_its_place()
    {
        var message = Refused("space: power-grid\nauthority:\n  id: did:web:a.example\n  color: red\n").Message;
        Assert.Contains("space.yaml:4:3: unknown key 'color'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_given_twice_is_refused_with_its_place() =>
        Assert.Contains("space.yaml:2:", Refused("space: one\nspace: two\n").Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_no_yaml_is_refused_with_its_place() =>
        Assert.Contains("space.yaml:1:", Refused("space: [unclosed").Message, StringComparison.Ordinal);

    [Fact]
    public void Empty_file_is_refused() => Assert.Contains("empty", Refused("").Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var message = Refused(
            """
            space: ""
            authority: { id: nobody, port: 70000 }
            source: { demandFile: missing.csv }
            participants:
              - id: did:web:grid.one.example
                port: 8181
                assets: [ { id: a, path: no-slash } ]
                products: [ { id: p, asset: b, offer: missing.json } ]
              - { id: did:web:grid.two.example, region: "44", port: 8181 }
            """).Message;
        string[] expected =
        [
            "space is missing", "authority.id 'nobody'", "authority.port 70000", "source.demandFile: there is no file",
            "participants[0].region is missing", "path 'no-slash'", "names the asset 'b'", "offer of 'p': there is no file",
            "short name 'grid' is used twice", "port '8181' is used twice",
        ];
        Assert.All(expected, problem => Assert.Contains(problem, message, StringComparison.Ordinal));
    }

    private CannotStartException Refused(string? yaml)
    {
        if (yaml is not null)
        {
            File.WriteAllText(folder["space.yaml"], yaml);
        }

        return Assert.Throws<CannotStartException>(() => SpaceFile.Load(folder.Path));
    }
}

using TrustedDataSpace.Conformance.Dsp.Driver;
using TrustedDataSpace.Conformance.Dsp.Kit;
using Xunit;

namespace TrustedDataSpace.Conformance.Dsp;

/// <summary>Version document and catalog.</summary>
public sealed class CatalogKitTests(KitRun run) : IClassFixture<KitRun>
{
    public static TheoryData<string> Tests() => KitTests.Of("MET", "CAT");

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Connector_passes(string test) => run.PassAsync(test);
}

/// <summary>Negotiations with the connector as provider.</summary>
public sealed class ProviderNegotiationKitTests(KitRun run) : IClassFixture<KitRun>
{
    public static TheoryData<string> Tests() => KitTests.Of("CN");

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Connector_passes(string test) => run.PassAsync(test);
}

/// <summary>Negotiations with the connector as consumer.</summary>
public sealed class ConsumerNegotiationKitTests(KitRun run) : IClassFixture<KitRun>
{
    public static TheoryData<string> Tests() => KitTests.Of("CN_C");

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Connector_passes(string test) => run.PassAsync(test);
}

/// <summary>Transfers with the connector as provider.</summary>
public sealed class ProviderTransferKitTests(KitRun run) : IClassFixture<KitRun>
{
    public static TheoryData<string> Tests() => KitTests.Of("TP");

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Connector_passes(string test) => run.PassAsync(test);
}

/// <summary>Transfers with the connector as consumer.</summary>
public sealed class ConsumerTransferKitTests(KitRun run) : IClassFixture<KitRun>
{
    public static TheoryData<string> Tests() => KitTests.Of("TP_C");

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Connector_passes(string test) => run.PassAsync(test);
}

/// <summary>The counterpart itself.</summary>
public sealed class KitTests
{
    internal static TheoryData<string> Of(params string[] groups) => [.. KitCase.All.Where(test => groups.Contains(test.Group)).Select(test => test.Id)];

    [Fact]
    public void There_are_the_67_tests_of_the_kit_each_once()
    {
        Assert.Equal(
            [("MET", 1), ("CAT", 3), ("CN", 15), ("CN_C", 16), ("TP", 16), ("TP_C", 16)],
            KitCase.All.GroupBy(test => test.Group).Select(group => (group.Key, group.Count())));
        Assert.Equal(67, KitCase.All.Select(test => test.Id).Distinct().Count());
        Assert.All(KitCase.Disabled, id => Assert.Contains(KitCase.All, test => test.Id == id));
    }

    [Fact]
    public void Each_test_with_a_process_has_its_script_and_its_subject()
    {
        Assert.Equal(KitCase.All.Select(test => test.Id).Where(id => id[0] is 'T' || id.StartsWith("CN", StringComparison.Ordinal)), ConnectorScripts.All.Select(script => script.Test));
        Assert.Equal(["ACN0101", "ACNC0206", "ATP0306", "ATPC0101"], new[] { "CN:01-01", "CN_C:02-06", "TP:03-06", "TP_C:01-01" }
            .Select(id => ConnectorScripts.All.Single(script => script.Test == id).Subject));
    }

    [Fact]
    public void Configuration_of_the_kit_names_every_test()
    {
        var offers = ConnectorScripts.All.ToDictionary(script => script.Subject, script => "offer:" + script.Subject);
        var settings = KitConfiguration.Text(new DriverOptions(), offers);
        Assert.All(KitCase.All.Skip(1), test => Assert.Contains($"\n{KitSettings.Method(test.Id)}_", settings, StringComparison.Ordinal));
        Assert.Contains("\ndataspacetck.dsp.connector.http.url=http://localhost:8282/dsp/2025-1\n", settings, StringComparison.Ordinal);
        Assert.Contains("\nTP_C_01_05_AGREEMENTID=ATPC0105\n", settings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--port", "port")]
    [InlineData("--kit", "http://elsewhere.example:8083")]
    [InlineData("--identity", "off")]
    public void Option_that_there_is_not_is_refused(params string[] arguments) => Assert.Throws<ArgumentException>(() => DriverOptions.Parse(arguments));
}

using System.Net;
using System.Net.Http.Json;
using TrustedDataSpace.Connector.Signals;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Signals;

public sealed class SignalTests
{
    private static readonly string Grid = ManagementRoutes.For(ManagementRoutes.SignalByName, "grid");

    [Fact]
    public async Task Signal_is_set_changed_and_cleared_over_the_management_interface()
    {
        await using var connector = new ConnectorUnderTest();
        await connector.StartAsync();
        using var client = connector.Management();

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(Grid)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsJsonAsync(Grid, new SignalState { Value = "normal" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsJsonAsync(Grid, new SignalState { Value = "emergency" })).StatusCode);
        Assert.Equal("emergency", (await client.GetFromJsonAsync<SignalView>(Grid))!.Value);
        Assert.Equal("grid", Assert.Single((await client.GetFromJsonAsync<Page<SignalView>>(ManagementRoutes.Signals))!.Items).Name);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync(Grid)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync(Grid)).StatusCode);
        Assert.Equal(["signal.set", "signal.set", "signal.cleared"], Kinds(connector));
    }

    [Theory]
    [InlineData("grid", "{\"value\":\"\"}")]
    [InlineData("grid", "{}")]
    [InlineData("-grid", "{\"value\":\"normal\"}")]
    [InlineData("grid state", "{\"value\":\"normal\"}")]
    public async Task Signal_that_no_offer_could_ask_about_is_refused(string name, string body)
    {
        await using var connector = new ConnectorUnderTest();
        await connector.StartAsync();
        using var client = connector.Management();
        using var content = new StringContent(body, null, "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PutAsync(ManagementRoutes.For(ManagementRoutes.SignalByName, name), content)).StatusCode);
    }

    [Fact]
    public async Task Epoch_grows_with_each_change_and_with_nothing_else()
    {
        await using var connector = new ConnectorUnderTest();
        var signals = connector.Get<SignalService>();
        Assert.Empty(signals.Current);
        var before = signals.Epoch;

        await signals.SetAsync("grid", "normal");
        var set = signals.Epoch;
        Assert.True(set > before);
        Assert.Equal("normal", signals.Current["grid"]);

        _ = signals.Current;
        _ = signals.Get("grid");
        Assert.Equal(set, signals.Epoch);

        await signals.ClearAsync("grid");
        Assert.True(signals.Epoch > set);
        Assert.Empty(signals.Current);
    }

    [Fact]
    public async Task Value_that_is_set_already_leaves_no_second_evidence()
    {
        await using var connector = new ConnectorUnderTest();
        var signals = connector.Get<SignalService>();
        var first = await signals.SetAsync("grid", "normal");

        Assert.Equal(first, await signals.SetAsync("grid", "normal"));
        Assert.Equal(["signal.set"], Kinds(connector));
    }

    [Fact]
    public async Task Signal_outlives_a_restart()
    {
        using var folder = new TempFolder();
        await using (var before = new ConnectorUnderTest(folder: folder))
        {
            await before.Get<SignalService>().SetAsync("recall", "on");
        }

        await using var after = new ConnectorUnderTest(folder: folder);
        Assert.Equal("on", after.Get<SignalService>().Current["recall"]);
    }

    private static IEnumerable<string> Kinds(ConnectorUnderTest connector) =>
        connector.Get<EvidenceTrail>().After("", 100).Select(entry => entry.Kind).Where(kind => kind.StartsWith("signal.", StringComparison.Ordinal));
}

using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>Negotiations with a peer that is away, and with one that is there.</summary>
public sealed class StuckTests
{
    private const string Away = "did:web:away.example";
    private const int Stuck = 10_000;

    [Fact]
    public async Task Ten_thousand_negotiations_with_a_peer_that_is_away_do_not_slow_new_ones_with_another()
    {
        // The pauses are long: no attempt is made because one is over.
        await using var space = await TestSpace.StartAsync(adjust: (_, settings) => settings with
        {
            Outbox = new OutboxOptions { FirstPause = TimeSpan.FromMinutes(1), LongestPause = TimeSpan.FromHours(1) },
        });
        await space.PublishAsync("curves");
        await StartAndStopAsync(space, Away);
        await StickAsync(space);

        var ended = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var asked = await space.Consumer.PostAsync<NegotiationView>(
                ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1" });
            return await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, asked.Id));
        }));
        Assert.All(ended, negotiation => Assert.Equal("FINALIZED", negotiation.State));

        // The work that the others have cost: those that were under way when the fifth failed, and no more.
        var attempts = space.Log.Lines.Count(line => line.Text.Contains("failed (attempt", StringComparison.Ordinal));
        Assert.InRange(attempts, 5, 5 + new OutboxOptions().ParallelPerPeer);
        var outbox = await space.Consumer.WaitAsync<OutboxView>(ManagementRoutes.Outbox + "?limit=200", 0);
        Assert.Equal(200, outbox.Items.Count);
        var circuit = Assert.Single(outbox.Circuits);
        Assert.Equal(Away, circuit.Peer);
        Assert.NotNull(circuit.AwayUntil);
        var database = space.Behind(space.Consumer).Services.GetRequiredService<Database>();
        Assert.Equal(Stuck, database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox WHERE peer = @Away", new { Away })));
    }

    private static async Task StartAndStopAsync(TestSpace space, string member)
    {
        var client = await space.StartConnectorAsync("away", member, "44");
        await space.AdmitAsync(member);
        await client.WaitAsync<ConnectorStatus>(ManagementRoutes.Status);
        await space.Behind(client).StopAsync();
    }

    // Each as a consumer's negotiation begins, but for the question what the provider offers.
    private static async Task StickAsync(TestSpace space)
    {
        var services = space.Behind(space.Consumer).Services;
        var machine = services.GetRequiredService<NegotiationMachine>();
        var ids = services.GetRequiredService<Ids>();
        var offer = """{"@type":"Offer","@id":"offer:x:1","target":"x","permission":[{"action":"use"}]}""";
        await services.GetRequiredService<Database>().WriteAsync(unit =>
        {
            for (var i = 0; i < Stuck; i++)
            {
                machine.Begin(unit, new NegotiationRecord
                {
                    Id = ids.Next(),
                    Role = Protocol.Dsp.DspRole.Consumer,
                    State = Protocol.Dsp.NegotiationStates.Requested,
                    Counterparty = Away,
                    CounterpartyPath = DspEndpoints.Base,
                    DatasetId = "x",
                    Offer = offer,
                });
            }
        });
    }
}

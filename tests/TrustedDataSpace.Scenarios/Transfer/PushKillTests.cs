using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>Real processes, one of which is killed while it pushes or is pushed to.</summary>
public sealed class PushKillTests
{
    // More than lies in buffers between the two.
    private const int Records = 1_000_000;

    [Fact]
    public async Task A_push_arrives_whichever_side_is_killed_in_the_middle_of_it_and_is_counted_alike()
    {
        await using var space = await KillableSpace.StartAsync();
        foreach (var victim in new[] { space.Provider, space.Consumer })
        {
            var product = "pushed-" + victim.Name;
            await space.PublishFiniteAsync(product, Records);
            var negotiation = await space.NegotiateAsync(product);
            negotiation = await space.Consumer.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id), wait: true);
            Assert.Equal("FINALIZED", negotiation.State);

            await using var sink = await Sink.StartAsync();
            var killed = false;
            sink.AfterFirstPiece = async _ =>
            {
                if (!killed)
                {
                    killed = true;
                    await victim.KillAsync();
                }
            };
            var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart
            {
                AgreementId = negotiation.AgreementId!,
                Format = DspConstants.HttpPush,
                Sink = new PushSink { Url = sink.Url, Purpose = "inference" },
            });
            Assert.False(await (await sink.NextAsync()).IsWholeAsync());
            await victim.StartAsync();
            var again = await sink.NextAsync();
            Assert.Equal(ScriptedSource.Rows(Records).Length, (await again.TextAsync()).Length);
            await space.Consumer.UntilAsync("to have it all", async () =>
                (await space.Consumer.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id))).State == "COMPLETED");

            var route = $"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(negotiation.AgreementId!)}";
            var counts = (await space.Provider.GetAsync<UsageView>(route, wait: true)).Counts;
            Assert.Equal((1, Records), counts.Where(count => count.Outcome == UsageOutcomes.Ok).Select(count => (count.Requests, count.Rows)).Single());
            Assert.Equal(counts, (await space.Consumer.GetAsync<UsageView>(route, wait: true)).Counts);

            var records = $"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(negotiation.AgreementId!)}";
            var provider = (await space.Provider.GetAsync<Page<UsageRecord>>(records, wait: true)).Items;
            var consumer = (await space.Consumer.GetAsync<Page<UsageRecord>>(records, wait: true)).Items;
            Assert.Equal(provider.Count, consumer.Count);
            Assert.All(provider.Zip(consumer), pair => Assert.True(pair.First.Matches(pair.Second)));
        }
    }
}

using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Negotiation;

/// <summary>What waits while a member is suspended goes on when it is one again: nothing of it was refused for good.</summary>
public sealed class SuspendedMemberTests
{
    [Theory]
    [InlineData(TestSpace.Grid)]
    [InlineData(TestSpace.Vpp)]
    public async Task A_contract_that_is_concluded_while_a_member_is_suspended_reaches_the_other_side_and_the_authority(string member)
    {
        await using var space = await TestSpace.StartAsync(adjust: (_, settings) => settings with
        {
            Outbox = new OutboxOptions { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(200) },
        });
        var negotiations = space.Behind(space.Provider).Services.GetRequiredService<Database>();
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = "curves", SourceUrl = space.SourceUrl });
        await space.Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = "curves",
            AssetId = "curves",
            Title = "curves",
            Negotiation = NegotiationModes.Manual,
            Policy = JsonSerializer.SerializeToElement(new { permission = new[] { new { action = "use" } } }),
        });
        var asked = await space.Consumer.PostAsync<NegotiationView>(
            ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1" });
        await UntilAsync("SELECT count(*) FROM negotiations WHERE state = 'REQUESTED'", 1);
        var id = negotiations.Read(connection => connection.QuerySingle<string>("SELECT id FROM negotiations"));
        await space.Provider.PostAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationAgreement, id), new { });
        await UntilAsync("SELECT count(*) FROM negotiations WHERE state = 'VERIFIED'", 1);

        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(member), new { reason = "audit" });
        await KnownAsync(space.Provider);
        await KnownAsync(space.Consumer);
        var concluded = await space.Provider.PostAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationFinalization, id), new { });
        await UntilAsync("SELECT count(*) FROM outbox WHERE topic = 'negotiation.send' AND attempts > 0", 1);
        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForAdmission(member), new { reason = "nothing found" });

        await UntilAsync("SELECT count(*) FROM outbox WHERE topic IN ('negotiation.send', 'agreement.file')", 0);
        Assert.Equal("FINALIZED", (await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, asked.Id))).State);
        var agreement = await space.Provider.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, concluded.AgreementId!));
        Assert.True(agreement.Filed);

        // What is sent before the news is out arrives.
        async Task KnownAsync(HttpClient connector)
        {
            var directory = space.Behind(connector).Services.GetRequiredService<AuthorityDirectory>();
            using var deadline = new CancellationTokenSource(Deadline.Limit);
            while (await directory.StandsAsync(member, deadline.Token))
            {
                deadline.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        async Task UntilAsync(string count, long expected) => Assert.True(
            await negotiations.WaitUntilAsync(() => negotiations.Read(connection => connection.QuerySingle<long>(count)) == expected, Deadline.Limit, CancellationToken.None),
            count);
    }
}

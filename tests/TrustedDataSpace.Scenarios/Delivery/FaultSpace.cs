using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>A space whose two connectors reach each other only through proxies that a test tells what to break.</summary>
public sealed class FaultSpace : IAsyncDisposable
{
    private FaultSpace(TestSpace space, FaultProxy provider, FaultProxy consumer) => (Space, AtProvider, AtConsumer) = (space, provider, consumer);

    public TestSpace Space { get; }

    /// <summary>What the provider is sent.</summary>
    public FaultProxy AtProvider { get; }

    /// <summary>What the consumer is sent.</summary>
    public FaultProxy AtConsumer { get; }

    /// <summary>No message of a transfer arrives.</summary>
    public static Fault NoTransfers(string path, int attempt) => path.Contains("/transfers/", StringComparison.Ordinal) ? Fault.Broken : Fault.None;

    public static async Task<FaultSpace> StartAsync(OutboxOptions? outbox = null)
    {
        var provider = await FaultProxy.StartAsync();
        var consumer = await FaultProxy.StartAsync();
        var listen = new Dictionary<string, string> { ["grid"] = FreeUrl(), ["vpp"] = FreeUrl() };
        provider.Target = new Uri(listen["grid"]);
        consumer.Target = new Uri(listen["vpp"]);
        var space = await TestSpace.StartAsync(adjust: (name, settings) => settings with
        {
            Listen = listen.TryGetValue(name, out var url)
                ? new ListenOptions { Url = url, PublicUrl = name == "grid" ? provider.Url : consumer.Url }
                : settings.Listen,
            Egress = settings.Egress with { Timeout = TimeSpan.FromSeconds(5) },
            Outbox = outbox ?? new OutboxOptions { FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(200) },
        });
        await space.PublishAsync("curves");
        return new FaultSpace(space, provider, consumer);
    }

    /// <summary>The same happens to the messages of both.</summary>
    public void Script(Func<string, int, Fault> script)
    {
        AtProvider.Script = script;
        AtConsumer.Script = script;
    }

    /// <summary>Asks for the contract over the product.</summary>
    public Task<NegotiationView> AskAsync() => Space.Consumer.PostAsync<NegotiationView>(
        ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1" });

    /// <summary>The negotiation in its state of rest.</summary>
    public Task<NegotiationView> EndOfAsync(string id) => Space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, id));

    /// <summary>Both have the one contract and nothing else, nothing waits, and the evidence of both tells each step once.</summary>
    public async Task AssertOneContractAsync(string id)
    {
        var consumer = await EndOfAsync(id);
        Assert.True(consumer.State == "FINALIZED", $"{consumer.State}: {string.Join(", ", consumer.Reasons)}");
        foreach (var member in new[] { Space.Provider, Space.Consumer })
        {
            var database = Of<Database>(member);
            Assert.True(await database.WaitUntilAsync(() => Count(database, "SELECT count(*) FROM outbox") == 0, Deadline.Limit, default), "a message is not delivered");
            Assert.Equal(1, Count(database, "SELECT count(*) FROM agreements"));
            Assert.Equal(1, Count(database, "SELECT count(*) FROM negotiations WHERE state = 'FINALIZED'"));
            Assert.Equal(1, Count(database, "SELECT count(*) FROM negotiations"));
            foreach (var kind in new[] { "requested", "agreed", "verified", "finalized" })
            {
                Assert.Equal(1, Count(database, $"SELECT count(*) FROM evidence_trail WHERE entry LIKE '%\"negotiation.{kind}\"%'"));
            }

            var evidence = await member.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
            Assert.Equal(evidence.Entries, evidence.Logged);
        }

        var mine = Assert.Single((await Space.Consumer.WaitAsync<Protocol.Authority.Page<AgreementView>>(ManagementRoutes.Agreements, 0)).Items);
        var theirs = Assert.Single((await Space.Provider.WaitAsync<Protocol.Authority.Page<AgreementView>>(ManagementRoutes.Agreements, 0)).Items);
        Assert.Equal((mine.Id, mine.Hash), (theirs.Id, theirs.Hash));
        Assert.Equal(consumer.AgreementId, mine.Id);
    }

    /// <summary>Waits until that side has nothing of these topics left to send.</summary>
    public Task<bool> HasSentAsync(HttpClient member, string topics) =>
        Of<Database>(member).WaitUntilAsync(() => Of<Database>(member).Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox WHERE topic LIKE @topics", new { topics })) == 0, Deadline.Limit, CancellationToken.None);

    public T Of<T>(HttpClient member)
        where T : notnull => Space.Behind(member).Services.GetRequiredService<T>();

    public static long Count(Database database, string sql) => database.Read(connection => connection.QuerySingle<long>(sql));

    public async ValueTask DisposeAsync()
    {
        Script((_, _) => Fault.None);
        await Space.DisposeAsync();
        await AtProvider.DisposeAsync();
        await AtConsumer.DisposeAsync();
    }

    private static string FreeUrl() => $"http://127.0.0.1:{Testing.Restart.FreePort.Find()}";
}

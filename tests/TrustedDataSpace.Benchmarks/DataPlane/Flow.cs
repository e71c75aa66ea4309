using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>A contract with its transfer running, and requests under it as the consumer's connector would send them.</summary>
internal sealed class Flow
{
    /// <summary>Different paths that requests ask for.</summary>
    private const int Paths = 2_000;
    private const string Purpose = "inference";

    private readonly ConsumerFlow flow;
    private readonly SentUses sent;
    private readonly UsageMeter meter;
    private readonly string replica;
    private readonly string items;
    private readonly long rows;
    private long requests;

    private Flow(ConsumerFlow flow, IServiceProvider consumer, string transfer, string replica, string items, long rows)
    {
        (this.flow, Transfer, this.replica, this.items, this.rows) = (flow, transfer, replica, items, rows);
        (sent, meter) = (consumer.GetRequiredService<SentUses>(), consumer.GetRequiredService<UsageMeter>());
    }

    /// <summary>The transfer, as the consumer names it.</summary>
    public string Transfer { get; }

    /// <summary>The agreement.</summary>
    public string Agreement => flow.AgreementId;

    /// <summary>Path of the flow at the provider.</summary>
    public string Prefix => new Uri(flow.Endpoint).AbsolutePath;

    /// <summary>A contract and its transfer, and the consumer's own view of the flow.</summary>
    /// <param name="space">Where.</param>
    /// <param name="product">Its name.</param>
    /// <param name="source">Where its data is.</param>
    /// <param name="meter">How use is counted, as a member of the offer; empty: by requests.</param>
    /// <param name="items">What is asked for below the flow's endpoint.</param>
    /// <param name="rows">Rows of each answer, where the contract counts them.</param>
    public static async Task<Flow> StartAsync(BenchSpace space, string product, string source, string meter = "", string items = "items", long rows = 0)
    {
        var (agreement, transfer) = await BeginAsync(space, product, source, meter);
        var flow = space.ConsumerService.Services.GetRequiredService<ConsumerFlows>().FindOpen(agreement)
            ?? throw new InvalidOperationException($"The transfer is {transfer.State}.");
        return new Flow(flow, space.ConsumerService.Services, transfer.Id, await ReplicaAsync(flow), items, rows);
    }

    /// <summary>The same for a consumer that is asked over HTTP only; returns the agreement.</summary>
    public static async Task<string> ConcludeAsync(BenchSpace space, string product, string source) => (await BeginAsync(space, product, source)).Agreement;

    /// <summary>So many requests, each good for one sending.</summary>
    public List<byte[]> Requests(int count)
    {
        var requests = new List<byte[]>(count);
        for (var i = 0; i < count; i++)
        {
            requests.Add(Request(string.Create(CultureInfo.InvariantCulture, $"{Prefix}/{items}/{i % Paths}")));
        }

        return requests;
    }

    /// <summary>
    /// The consumer's connector counts what came back, as it does for its own requests: both sides sign the same sums. If it did not, each minute would
    /// end in a dispute, in which the provider shows all leaves.
    /// </summary>
    /// <param name="answers">What came back.</param>
    public async Task CountAsync(IReadOnlyList<Answer> answers)
    {
        foreach (var answer in answers.Where(answer => answer.Sequence > 0))
        {
            await using var use = await sent.BeginAsync(flow, new UsageClaim(Purpose, null, ""));
            await use.CountAsync(use.Number(answer.Interval, answer.Sequence), new Delivered(UsageOutcomes.Ok, rows, answer.Bytes));
        }

        // Here, and not beside what is measured next.
        await meter.BringUpToDateAsync();
    }

    /// <summary>One request for a path below the flow's endpoint.</summary>
    public byte[] Request(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(flow.Endpoint).GetLeftPart(UriPartial.Authority) + path));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + flow.Token);
        request.Headers.TryAddWithoutValidation(DataHeaders.Purpose, Purpose);
        request.Headers.TryAddWithoutValidation(DataHeaders.Request, string.Create(CultureInfo.InvariantCulture, $"request-{Interlocked.Increment(ref requests):D18}"));
        flow.Signer!.Sign(request, replica, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var headers = string.Concat(request.Headers.NonValidated.Select(header => $"{header.Key}: {header.Value}\r\n"));
        return Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {request.RequestUri!.Authority}\r\n{headers}\r\n");
    }

    // Publishes a product over the source and concludes a contract of six constraints, a quota among them.
    private static async Task<(string Agreement, TransferView Transfer)> BeginAsync(BenchSpace space, string product, string source, string meter = "")
    {
        await BenchSpace.PostAsync<object>(space.AtProvider, ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = source });
        await BenchSpace.PostAsync<object>(space.AtProvider, ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Policy = ProtocolJson.Parse(Encoding.UTF8.GetBytes(
                $$"""
                {"permission": [{"action": "use", "constraint": [
                    {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["inference", "training"]},
                    {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2100-01-01T00:00:00Z"},
                    {"leftOperand": "tds:role", "operator": "isAnyOf", "rightOperand": ["member", "operator"]},
                    {"leftOperand": "tds:membership", "operator": "eq", "rightOperand": "active"},
                    {"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": ["44", "31"]},
                    {"leftOperand": "count", "operator": "lteq", "rightOperand": "1000000000"}]}]{{meter}}}
                """)),
        });
        var negotiation = await BenchSpace.PostAsync<NegotiationView>(
            space.AtConsumer, ManagementRoutes.Negotiations, new NegotiationStart { Provider = BenchSpace.Provider, DatasetId = product, OfferId = $"offer:{product}:1" });
        negotiation = await BenchSpace.WaitAsync<NegotiationView>(space.AtConsumer, ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id));
        var transfer = await BenchSpace.PostAsync<TransferView>(space.AtConsumer, ManagementRoutes.Transfers, new TransferStart { AgreementId = negotiation.AgreementId! });
        transfer = await BenchSpace.WaitAsync<TransferView>(space.AtConsumer, ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id));
        return (negotiation.AgreementId!, transfer);
    }

    // The provider names its process when it is asked without a signature.
    private static async Task<string> ReplicaAsync(ConsumerFlow flow)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, flow.Endpoint);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + flow.Token);
        using var answer = await client.SendAsync(request);
        return answer.Headers.GetValues(ProofOfPossession.ReplicaHeader).Single();
    }
}

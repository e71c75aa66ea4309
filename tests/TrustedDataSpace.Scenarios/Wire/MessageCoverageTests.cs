using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Wire;

/// <summary>Every kind of message goes over the wire of a test space at least once, so that the recorder has judged every kind.</summary>
public sealed class MessageCoverageTests : IAsyncLifetime
{
    private static readonly string[] Messages =
    [
        "CatalogRequestMessage", "Catalog", "Dataset", "CatalogError",
        "ContractRequestMessage", "ContractOfferMessage", "ContractAgreementMessage", "ContractAgreementVerificationMessage",
        "ContractNegotiationEventMessage", "ContractNegotiationTerminationMessage", "ContractNegotiation", "ContractNegotiationError",
        "TransferRequestMessage", "TransferStartMessage", "TransferSuspensionMessage", "TransferCompletionMessage",
        "TransferTerminationMessage", "TransferProcess", "TransferError",
        "", // the version document
    ];

    private TestSpace space = null!;

    public async ValueTask InitializeAsync() => space = await TestSpace.StartAsync();

    public ValueTask DisposeAsync() => space.DisposeAsync();

    [Fact]
    public async Task Every_message_error_and_document_of_the_protocol_is_emitted_and_valid()
    {
        var agreement = (await space.ContractAsync("curves")).Agreement;
        await CatalogAsync();
        await BargainAsync();
        await TransferAsync(agreement, suspends: true, ManagementRoutes.TransferCompletion, null);
        await TransferAsync(agreement, suspends: false, ManagementRoutes.TransferTermination, new Termination { Reason = "done: no more is needed" });
        await RefuseAsync(DspRoutes.NegotiationRequest);
        await RefuseAsync(DspRoutes.TransferRequest);

        Assert.Empty(Messages.Except(space.Wire.Seen.Keys));
        Assert.Empty(space.Wire.Seen.Keys.Except(Messages));
    }

    private async Task CatalogAsync()
    {
        await space.Consumer.PostAsync<JsonElement>(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid });
        using var response = await space.Consumer.PostAsync(
            new Uri(ManagementRoutes.Negotiations, UriKind.Relative),
            JsonContent.Create(new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "none", OfferId = "offer:none:1" }, options: ProtocolJson.Options));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await space.Provider.GetStringAsync(new Uri(DspRoutes.VersionDocument, UriKind.Relative));
    }

    private async Task BargainAsync()
    {
        var broken = await StartAsync();
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationTermination, broken, new Termination { Reason = "dear: it costs too much" });
        var made = await StartAsync();
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationAcceptance, made);
        await AfterAsync(made, "ACCEPTED");
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationVerification, made);
        Assert.Equal("FINALIZED", (await AfterAsync(made, "VERIFIED")).State);
    }

    /// <summary>A negotiation with an offer of the provider on the table.</summary>
    private async Task<NegotiationView> StartAsync()
    {
        var theirs = await space.Provider.PostAsync<NegotiationView>(
            ManagementRoutes.Negotiations, new NegotiationStart { Consumer = TestSpace.Vpp, DatasetId = "curves", OfferId = "offer:curves:1" });
        var consumer = space.Behind(space.Consumer).Services.GetRequiredService<Database>();
        Assert.True(await consumer.WaitUntilAsync(
            () => consumer.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM negotiations WHERE counterparty_pid = @Id", new { theirs.Id })) == 1,
            Deadline.Limit,
            CancellationToken.None));
        var page = await space.Consumer.WaitAsync<Page<NegotiationView>>(ManagementRoutes.Negotiations);
        return page.Items.Single(mine => mine.CounterpartyPid == theirs.Id);
    }

    private Task<NegotiationView> AfterAsync(NegotiationView negotiation, string state) =>
        space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id) + "?after=" + state);

    private static Task<NegotiationView> StepAsync(HttpClient side, string route, NegotiationView negotiation, object? body = null) =>
        side.PostAsync<NegotiationView>(ManagementRoutes.For(route, negotiation.Id), body ?? new { });

    private async Task TransferAsync(string agreement, bool suspends, string end, object? body)
    {
        var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement });
        var route = ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id);
        Assert.Equal("STARTED", (await space.Consumer.WaitAsync<TransferView>(route)).State);
        if (suspends)
        {
            await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferSuspension, transfer.Id), new Termination { Reason = "pause: nobody is here" });
            await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferStarting, transfer.Id), new { });
        }

        await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(end, transfer.Id), body ?? new { });
        var theirs = ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Flow ?? (await space.Consumer.WaitAsync<TransferView>(route)).Flow!);
        await space.Provider.WaitAsync<TransferView>(theirs + "?after=STARTED");
    }

    private async Task RefuseAsync(string route)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dsp/2025-1" + route);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "none");
        using var response = await space.Provider.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}

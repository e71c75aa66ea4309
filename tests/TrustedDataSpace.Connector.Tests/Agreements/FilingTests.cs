using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Agreements;

public sealed class FilingTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_transfer_waits_for_the_filing_and_starts_with_it()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        var pid = await RequestAsync(agreement);
        Assert.False(connector.Service<AgreementService>().Find(agreement)!.Filed);
        Assert.Equal(["transfer.requested"], connector.EvidenceOf(pid));

        // From the next attempt on, the authority answers.
        space.Filing = TestSpace.Receipt;
        Assert.Equal(DspRoutes.TransferStart("t1"), (await space.NextAsync()).Path);
        Assert.True(connector.Service<AgreementService>().Find(agreement)!.Filed);
    }

    [Fact]
    public async Task A_filing_counts_from_its_commit_on_whatever_memory_still_says()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        Assert.False(connector.Service<AgreementService>().Find(agreement)!.Filed);

        // The moment between the commit of the receipt and the change in memory: nothing would wake the transfer again.
        await connector.Service<Database>().WriteAsync(unit => unit.Execute("UPDATE agreements SET filed = 1"));
        await RequestAsync(agreement);
        Assert.Equal(DspRoutes.TransferStart("t1"), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task A_filing_that_comes_with_the_end_of_the_agreement_does_not_bring_it_back()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        var agreements = connector.Service<AgreementService>();
        Assert.Equal(AgreementTerms.Active, agreements.Find(agreement)!.State);

        // Memory still says that it is in force when the filing is noted.
        await connector.Service<Database>().WriteAsync(unit =>
        {
            agreements.End(unit, agreement);
            agreements.RecordFiling(unit, agreement, refusal: null);
        });

        Assert.Equal((AgreementTerms.Ended, true), (agreements.Find(agreement)!.State, agreements.Find(agreement)!.Filed));
        Assert.Equal((AgreementTerms.Ended, true), (agreements.FindCommitted(agreement)!.State, agreements.FindCommitted(agreement)!.Filed));
    }

    [Fact]
    public async Task A_filing_that_was_not_done_is_done_after_a_restart()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        await RequestAsync(agreement);
        await connector.RestartAsync();
        space.Filing = TestSpace.Receipt;
        Assert.Equal(DspRoutes.TransferStart("t1"), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task Without_a_filing_of_the_same_document_nothing_is_delivered()
    {
        space.Filing = filing => TestSpace.Receipt(filing) with { Hash = "sha-256:another" };
        var agreement = await connector.AgreeAsProviderAsync();
        var view = await connector.ManageAsync<AgreementView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.AgreementById, agreement));
        Assert.False(view.Filed);

        await RequestAsync(agreement);
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferTermination("t1"), path);
        Assert.Equal("not_filed", DspJson.Read<TransferTerminationMessage>(message).Code);
    }

    private async Task<string> RequestAsync(string agreement)
    {
        var (status, body) = await connector.SendAsync(DspRoutes.TransferRequest, new TransferRequestMessage
        {
            ConsumerPid = "t1",
            AgreementId = agreement,
            Format = DspConstants.HttpPull,
            CallbackAddress = space.Url + TestSpace.PeerPath,
        });
        Assert.Equal(HttpStatusCode.Created, status);
        return DspJson.Read<TransferProcess>(body).ProviderPid;
    }
}

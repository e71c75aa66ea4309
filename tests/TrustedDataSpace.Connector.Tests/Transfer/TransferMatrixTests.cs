using System.Net;
using System.Text.Json;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Tests.Transfer;

/// <summary>Every state, message, role and sender over HTTP (DSP §9.1.3, §10.1.2), and every verb of the management interface.</summary>
public sealed class TransferMatrixTests : IAsyncLifetime
{
    private static readonly string[] Messages = [Started, Suspended, Completed, Terminated];

    private TestSpace space = null!;
    private TestConnector connector = null!;
    private string agreement = "";
    private int transfers;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        space.Filing = TestSpace.Receipt;
        connector = await TestConnector.StartAsync(space);
        agreement = await connector.AgreeAsProviderAsync();
        await connector.ManageAsync<AgreementView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.AgreementById, agreement));
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task Each_message_in_each_state_is_taken_or_refused_with_both_process_ids_and_a_refusal_changes_nothing()
    {
        foreach (var (role, state, by) in Cells())
        {
            foreach (var to in Messages)
            {
                var transfer = await AddAsync(role, state, by);
                var cell = $"{role} {state} {by} gets {to}";

                var (unknown, none) = await SendAsync(transfer, to, TestSpace.Stranger);
                Assert.True(unknown == HttpStatusCode.NotFound && DspJson.TypeOf(none) == "TransferError", cell);
                Assert.Equal(transfer, Find(transfer));

                var (status, body) = await SendAsync(transfer, to, TestSpace.Peer);
                var sender = transfer.CounterpartyRole;
                if (state == to || (May(sender, state, to) && MayRestart(by, sender, to)))
                {
                    Assert.True(status == HttpStatusCode.OK, cell);
                    Assert.Equal(to, DspJson.Read<TransferProcess>(body).State);
                    Assert.Equal((to, SuspendedBy(transfer, to)), (Find(transfer).State, Find(transfer).SuspendedBy));
                }
                else
                {
                    Assert.True(status == HttpStatusCode.BadRequest, cell);
                    var error = DspJson.Read<TransferError>(body);
                    Assert.Equal((transfer.ProviderPid, transfer.ConsumerPid, "invalid_transition"), (error.ProviderPid, error.ConsumerPid, error.Code));
                    Assert.NotEmpty(error.Reason!);
                    Assert.Equal(transfer, Find(transfer));
                }
            }
        }
    }

    [Fact]
    public async Task Each_verb_in_each_state_is_taken_or_refused_and_a_refusal_changes_nothing()
    {
        var why = JsonSerializer.SerializeToNode(new { reason = "maintenance: until noon" });
        foreach (var (role, state, by) in Cells())
        {
            foreach (var to in Messages)
            {
                var transfer = await AddAsync(role, state, by);
                var (status, body) = await connector.StepAsync(RouteOf(to), transfer.Id, to is Suspended or Terminated ? why!.DeepClone() : null);
                if (May(role, state, to) && MayRestart(by, role, to))
                {
                    Assert.True(status == HttpStatusCode.OK, $"{role} {state} {by} {to}: {body}");
                    var stepped = Find(transfer);
                    Assert.Equal((to, to == Suspended ? transfer.RoleName : null), (stepped.State, stepped.SuspendedBy));
                    Assert.Equal(to is Suspended or Terminated ? "maintenance" : null, stepped.Code);
                }
                else
                {
                    Assert.True(status == HttpStatusCode.Conflict, $"{role} {state} {by} {to}: {body}");
                    Assert.Equal("invalid_transition", body.GetProperty("code").GetString());
                    Assert.Equal(transfer, Find(transfer));
                }
            }
        }
    }

    [Fact]
    public async Task A_start_is_refused_before_the_agreement_is_filed_and_when_policy_denies_and_the_request_goes_on_waiting()
    {
        connector.Allow = false;
        var waiting = await AddAsync(DspRole.Provider, Requested, null, manual: true);
        var view = await connector.ManageAsync<TransferView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.TransferById, waiting.Id));
        Assert.True(view.Waiting);

        var (status, problem) = await connector.StepAsync(ManagementRoutes.TransferStarting, waiting.Id);
        Assert.Equal((HttpStatusCode.Forbidden, "policy_refused"), (status, problem.GetProperty("code").GetString()));
        Assert.Equal("permission[0].constraint[0]", problem.GetProperty("term").GetString());
        Assert.Equal(waiting, Find(waiting));
        Assert.Equal(["decision.denied"], connector.EvidenceOf(waiting.Id));

        connector.Allow = true;
        await connector.Service<Database>().WriteAsync(unit => unit.Execute("UPDATE agreements SET filed = 0"));
        (status, problem) = await connector.StepAsync(ManagementRoutes.TransferStarting, waiting.Id);
        Assert.Equal((HttpStatusCode.Conflict, "filed"), (status, problem.GetProperty("term").GetString()));
        await connector.Service<Database>().WriteAsync(unit => unit.Execute("UPDATE agreements SET filed = 1"));

        Assert.Equal(HttpStatusCode.OK, (await connector.StepAsync(ManagementRoutes.TransferStarting, waiting.Id)).Status);
        Assert.Equal(Started, Find(waiting).State);
    }

    [Fact]
    public async Task The_list_shows_what_fits_all_filters_and_refuses_words_that_are_none()
    {
        var started = await AddAsync(DspRole.Provider, Started, null);
        await AddAsync(DspRole.Consumer, Started, null);
        await AddAsync(DspRole.Provider, Suspended, "PROVIDER");
        foreach (var (query, count) in new[]
        {
            ("", 3), ("?state=STARTED", 2), ("?role=PROVIDER", 2), ("?state=STARTED&role=PROVIDER", 1), ($"?agreement={Uri.EscapeDataString(agreement)}", 3),
            ("?agreement=other", 0), ($"?counterparty={TestSpace.Peer}&state=SUSPENDED", 1), ($"?counterparty={TestSpace.Stranger}", 0),
        })
        {
            Assert.Equal(count, (await connector.ManageAsync<Protocol.Authority.Page<TransferView>>(HttpMethod.Get, ManagementRoutes.Transfers + query)).Items.Count);
        }

        var page = await connector.ManageAsync<Protocol.Authority.Page<TransferView>>(HttpMethod.Get, ManagementRoutes.Transfers + "?role=PROVIDER&limit=1");
        page = await connector.ManageAsync<Protocol.Authority.Page<TransferView>>(HttpMethod.Get, $"{ManagementRoutes.Transfers}?role=PROVIDER&limit=1&cursor={page.Next}");
        Assert.Equal((started.Id, started.CounterpartyPid, DspConstants.HttpPull), (page.Items[0].Id, page.Items[0].CounterpartyPid, page.Items[0].Format));
        Assert.Null(page.Next);
        foreach (var query in new[] { "?state=RUNNING", "?role=provider" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await connector.CallAsync(HttpMethod.Get, ManagementRoutes.Transfers + query, null, TestConnector.ManagementToken)).Status);
        }
    }

    private static IEnumerable<(DspRole Role, string State, string? SuspendedBy)> Cells() =>
        from role in Enum.GetValues<DspRole>()
        from state in All
        from side in state == Suspended ? new[] { null, "PROVIDER", "CONSUMER" } : [null]
        select (role, state, side);

    private static bool MayRestart(string? suspendedBy, DspRole who, string to) => to != Started || suspendedBy is null || suspendedBy == DspProcess.NameOf(who);

    // Of two suspensions that cross, the provider's counts.
    private static string? SuspendedBy(TransferRecord before, string to) =>
        to != Suspended ? null : before.State == Suspended && before.Role == DspRole.Provider ? before.SuspendedBy : DspProcess.NameOf(before.CounterpartyRole);

    private static string RouteOf(string to) => to switch
    {
        Started => ManagementRoutes.TransferStarting,
        Suspended => ManagementRoutes.TransferSuspension,
        Completed => ManagementRoutes.TransferCompletion,
        _ => ManagementRoutes.TransferTermination,
    };

    private TransferRecord Find(TransferRecord transfer) => connector.Service<TransferStore>().Find(transfer.Id)!;

    private async Task<TransferRecord> AddAsync(DspRole role, string state, string? suspendedBy, bool manual = false)
    {
        var number = ++transfers;
        var record = new TransferRecord
        {
            Id = $"own-{number:0000}",
            Role = role,
            State = state,
            SuspendedBy = suspendedBy,
            Counterparty = TestSpace.Peer,
            CounterpartyPid = $"peers-{number:0000}",
            CounterpartyPath = "/dsp/2025-1",
            AgreementId = agreement,
            Format = DspConstants.HttpPull,
            Manual = manual ? 1 : 0,
        };
        await connector.Service<Database>().WriteAsync(unit => TransferStore.Add(unit, record));
        return record;
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(TransferRecord transfer, string to, string sender)
    {
        var (provider, consumer) = (transfer.ProviderPid, transfer.ConsumerPid);
        return to switch
        {
            Started => connector.SendAsync(DspRoutes.TransferStart(transfer.Id), new TransferStartMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
            Suspended => connector.SendAsync(DspRoutes.TransferSuspension(transfer.Id), new TransferSuspensionMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
            Completed => connector.SendAsync(DspRoutes.TransferCompletion(transfer.Id), new TransferCompletionMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
            _ => connector.SendAsync(DspRoutes.TransferTermination(transfer.Id), new TransferTerminationMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
        };
    }
}

using System.Net;
using System.Text.Json;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Participants;

/// <summary>Leaving, readmission, who stands behind a participant, and what the policies of the space say to each step.</summary>
public sealed class MembershipStepTests
{
    private static readonly Organisation Mill = new()
    {
        LegalName = "Example Mill Ltd.",
        CreditCode = "91310000MA1FL3K75Y",
        ConnectorCode = "591310000MA1FL3K75Y3101A1B2C3D43",
        Contact = new OrganisationContact { Email = "data@mill.example", Phone = "+86 21 0000 0000" },
        Responsible = new ResponsiblePerson { Name = "Zhang San", Authorisation = "2026-17", AuthorisedUntil = new DateOnly(2099, 12, 31) },
    };

    [Fact]
    public async Task Who_has_left_has_no_rights_and_comes_back_by_the_operator_only()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.ForDeparture(bob.Id), token);

        var left = await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForDeparture(alice.Id), token, new MembershipStep("the project is over"));
        Assert.Equal((ParticipantStates.Left, null), (left.State, left.Credential));
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.ProductsPage(null, 10), token);
        Assert.Equal(HttpStatusCode.BadRequest, (await authority.AskTokenAsync(alice.Assertion(authority))).StatusCode);

        // Its connector goes on asking.
        Assert.Equal(HttpStatusCode.OK, (await authority.ApplyAsync(alice)).StatusCode);
        Assert.Equal(ParticipantStates.Left, (await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), AuthorityUnderTest.Operator)).State);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Conflict, await authority.ApplyAsync(new TestMember("alice")));

        var back = await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator, new MembershipStep("a new project"));
        Assert.Equal(ParticipantStates.Active, back.State);
        Assert.NotEmpty(await authority.TokenAsync(alice));
        var entries = await EntriesAsync(authority, alice.Id);
        Assert.Equal(
            [EvidenceKinds.ParticipantApplied, EvidenceKinds.ParticipantAdmitted, EvidenceKinds.ParticipantLeft, EvidenceKinds.ParticipantAdmitted],
            entries.Select(entry => entry.Kind));
        Assert.Equal("the project is over", entries[2].Data.GetProperty("reason").GetString());
        Assert.Equal(ParticipantStates.Left, entries[3].Data.GetProperty("before").GetString());
    }

    [Fact]
    public async Task A_new_pre_approved_invite_brings_back_who_has_left_and_the_old_one_does_not()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        var first = await InviteAsync(authority);
        await SendAsync(authority, alice, alice.Application with { Invite = first });
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForDeparture(alice.Id), AuthorityUnderTest.Operator);

        Assert.Equal(ParticipantStates.Left, (await SendAsync(authority, alice, alice.Application with { Invite = first })).State);
        Assert.Equal(ParticipantStates.Active, (await SendAsync(authority, alice, alice.Application with { Invite = await InviteAsync(authority) })).State);
    }

    [Fact]
    public async Task An_organisation_is_for_the_operator_and_the_member_and_the_log_has_a_commitment_only()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (new TestMember("alice"), await authority.JoinAsync("bob"));
        Assert.Null((await SendAsync(authority, alice, alice.Application with { Organisation = Mill })).Organisation);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        var route = AuthorityRoutes.ForParticipant(alice.Id);

        Assert.Equal(Mill, (await authority.OkAsync<Participant>(HttpMethod.Get, route, AuthorityUnderTest.Operator)).Organisation);
        Assert.Equal(Mill, (await authority.OkAsync<Participant>(HttpMethod.Get, route, await authority.TokenAsync(alice))).Organisation);
        Assert.Null((await authority.OkAsync<Participant>(HttpMethod.Get, route, await authority.TokenAsync(bob))).Organisation);

        var other = Mill with { Contact = new OrganisationContact { Email = "new@mill.example" } };
        await authority.OkAsync<Participant>(HttpMethod.Put, AuthorityRoutes.ForOrganisation(alice.Id), await authority.TokenAsync(alice), other);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, AuthorityRoutes.ForOrganisation(alice.Id), await authority.TokenAsync(bob), other);
        Assert.Equal(other, (await authority.OkAsync<Participant>(HttpMethod.Get, route, AuthorityUnderTest.Operator)).Organisation);

        var entries = await EntriesAsync(authority, alice.Id);
        Assert.Equal([EvidenceKinds.ParticipantApplied, EvidenceKinds.ParticipantAdmitted, EvidenceKinds.ParticipantOrganisationChanged], entries.Select(entry => entry.Kind));
        var (said, saidAnew) = (entries[0].Data.GetProperty("organisation").GetString()!, entries[2].Data.GetProperty("organisation").GetString()!);
        Assert.NotEqual(said, saidAnew);
        var salt = Convert.FromBase64String(authority.Database.Read(connection => Dapper.SqlMapper.QuerySingle<string>(connection, "SELECT organisation_salt FROM participants WHERE id = @Id", new { alice.Id })));
        Assert.True(Commitment.Opens(saidAnew, salt, CanonicalJson.Bytes(other)));
        Assert.False(Commitment.Opens(saidAnew, salt, CanonicalJson.Bytes(Mill)));
        Assert.All(entries, entry => Assert.DoesNotContain("91310000MA1FL3K75Y", entry.Data.GetRawText(), StringComparison.Ordinal));
    }

    public static TheoryData<string, string> WrongOrganisations => new()
    {
        { "legalName", """{"legalName": " "}""" },
        { "creditCode", """{"creditCode": "91310000MA1FL3K75X"}""" },
        { "connectorCode", """{"connectorCode": "591310000MA1FL3K75Y3101A1B2C3D44"}""" },
        { "connectorCode", """{"connectorCode": "4914400001000123455440100000001H"}""" },
        { "contact", """{"contact": {}}""" },
        { "contact.email", """{"contact": {"email": "no address"}}""" },
        { "contact.phone", """{"contact": {"phone": "call me"}}""" },
        { "responsible.name", """{"responsible": {"name": "", "authorisation": "1"}}""" },
        { "responsible.authorisation", """{"responsible": {"name": "Zhang San", "authorisation": ""}}""" },
    };

    [Theory]
    [MemberData(nameof(WrongOrganisations))]
    public async Task Data_of_an_organisation_that_do_not_fit_are_refused_with_their_place(string term, string change)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var document = System.Text.Json.Nodes.JsonNode.Parse(ProtocolJson.Write(Mill))!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(change)!.AsObject())
        {
            document[name] = value?.DeepClone();
        }

        var alice = new TestMember("alice");
        var application = alice.Application with { Organisation = ProtocolJson.Read<Organisation>(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString())) };
        var refusal = await AuthorityUnderTest.RefusalAsync(HttpStatusCode.BadRequest, await authority.SendJwsAsync(SignedApplication.Create(application, alice.Key)));
        Assert.Equal("organisation." + term, refusal.GetProperty("term").GetString());
    }

    [Fact]
    public async Task An_authorisation_that_ends_keeps_the_member_from_a_new_credential_until_it_is_told_anew()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        var last = DateOnly.FromDateTime(authority.Clock.GetUtcNow().UtcDateTime);
        await SendAsync(authority, alice, alice.Application with { Organisation = Mill with { Responsible = Mill.Responsible with { AuthorisedUntil = last } } });
        authority.Clock.Advance(TimeSpan.FromDays(1));

        var refusal = await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        Assert.Equal("organisation.responsible.authorisedUntil", refusal.GetProperty("term").GetString());
        Assert.Equal(ParticipantStates.Applied, (await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), AuthorityUnderTest.Operator)).State);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, await authority.SendJwsAsync(SignedApplication.Create(
            new TestMember("bob") is var bob ? bob.Application with { Organisation = Mill with { Responsible = Mill.Responsible with { AuthorisedUntil = last } } } : null!, bob.Key)));
    }

    [Fact]
    public async Task A_space_may_demand_organisations_and_admit_by_policy_alone()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with
        {
            Membership = new MembershipOptions { Admission = MembershipOptions.ByPolicy, OrganisationRequired = true },
        });
        var (alice, bob) = (new TestMember("alice"), new TestMember("bob"));

        Assert.Equal(ParticipantStates.Active, (await SendAsync(authority, alice, alice.Application with { Organisation = Mill })).State);
        Assert.NotEmpty(await authority.TokenAsync(alice));
        var refusal = await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, await authority.ApplyAsync(bob));
        Assert.Equal("organisation", refusal.GetProperty("term").GetString());
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForParticipant(bob.Id), AuthorityUnderTest.Operator);
    }

    [Fact]
    public async Task A_layer_of_the_space_keeps_some_out_and_nobody_in()
    {
        using var folder = new TempFolder();
        CopyPolicies(folder["policies"]);
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Policies = new() { Folder = folder["policies"] } });
        var alice = await authority.JoinAsync("alice");
        await File.WriteAllTextAsync(Path.Combine(folder["policies"], "new.rego"), """
            package tds.layers.regional

            deny := set()

            membership_deny contains "only region 31 joins this space" if input.participant.region != "31"
            """);
        File.Move(Path.Combine(folder["policies"], "new.rego"), Path.Combine(folder["policies"], "layers", "regional.rego"));
        JsonElement refusal;
        do
        {
            using var answer = await authority.ApplyAsync(new TestMember("m" + Guid.NewGuid().ToString("n")));
            if (answer.StatusCode == HttpStatusCode.Created)
            {
                continue;
            }

            refusal = await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, answer);
            break;
        }
        while (true);

        Assert.Equal("regional", refusal.GetProperty("term").GetString());
        Assert.Contains("only region 31", refusal.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(ParticipantStates.Left, (await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForDeparture(alice.Id), AuthorityUnderTest.Operator)).State);
    }

    [Fact]
    public async Task Policies_that_say_nothing_about_memberships_stop_the_start()
    {
        using var folder = new TempFolder();
        CopyPolicies(folder["policies"]);
        File.Delete(Path.Combine(folder["policies"], "tds", "membership.rego"));
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => AuthorityUnderTest.StartAsync(change: settings => settings with { Policies = new() { Folder = folder["policies"] } }));
        Assert.Contains("data.tds.membership.decision", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_that_is_too_long_changes_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator, new MembershipStep(new string('x', 401)));
        Assert.NotEmpty(await authority.TokenAsync(alice));
    }

    private static async Task<string> InviteAsync(AuthorityUnderTest authority) => (await authority.OkAsync<InviteCode>(
        HttpMethod.Post, AuthorityRoutes.Invites, AuthorityUnderTest.Operator, new InviteDefinition { Name = "alice", Region = "44", Roles = ["data-provider"], PreApproved = true })).Code;

    private static async Task<Participant> SendAsync(AuthorityUnderTest authority, TestMember member, ParticipantApplication application)
    {
        using var answer = await authority.SendJwsAsync(SignedApplication.Create(application, member.Key));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return ProtocolJson.Read<Participant>(await answer.Content.ReadAsByteArrayAsync());
    }

    private static async Task<List<EvidenceEntry>> EntriesAsync(AuthorityUnderTest authority, string participant)
    {
        Assert.True(await authority.Database.WaitUntilAsync(() => authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        var page = await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 100), AuthorityUnderTest.Operator);
        return [.. page.Items.Where(entry => entry.Kind.StartsWith("participant.", StringComparison.Ordinal) && entry.Data.GetProperty("id").GetString() == participant)];
    }

    private static void CopyPolicies(string target)
    {
        foreach (var file in Policy.Bundles.PolicyBundle.BuiltIn().ArchiveFiles)
        {
            var copy = Path.Combine(target, file.Path.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllText(copy, file.Text);
        }

        // The computed revision of the manifest would hold the files to what they are.
        File.WriteAllText(Path.Combine(target, ".manifest"), """{"roots": ["tds"]}""");
    }
}

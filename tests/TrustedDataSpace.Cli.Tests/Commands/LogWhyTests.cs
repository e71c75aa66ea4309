using System.Text.Json;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class LogWhyTests
{
    private static readonly byte[] Question = """{"stage":"request","version":1}"""u8.ToArray();
    private static readonly byte[] Salt = Commitment.NewSalt();

    [Fact]
    public async Task A_genuine_denial_is_denied_again_for_the_same_reasons()
    {
        var finding = await JudgeAsync(await DenialAsync(), TestContext.Current.CancellationToken);
        Assert.Null(finding.Alarm);
        Assert.NotEmpty(finding.Recorded);
        Assert.Equal(finding.Recorded.Count, finding.Again!.Count);
        Assert.Contains(finding.Lines(), line => line.StartsWith("  decided again: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_question_than_the_one_of_the_evidence_is_an_alarm()
    {
        var denial = await DenialAsync() with { Question = Convert.ToBase64String("{}"u8) };
        Assert.Contains("commits to", await AlarmAsync(denial), StringComparison.Ordinal);
        Assert.Contains("commits to", await AlarmAsync(await DenialAsync() with { Salt = Convert.ToBase64String(Commitment.NewSalt()) }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_policies_than_those_of_the_evidence_are_an_alarm()
    {
        Assert.Contains("another revision", await AlarmAsync(await DenialAsync() with { Revision = "sha256:0" }), StringComparison.Ordinal);
        var other = PolicyBundle.BuiltIn().With(new BundleFile("layers/own/own.rego", "package tds.layers.own\n\nimport rego.v1\n\ndeny contains {\"code\": \"no\"} if input.stage == \"never\"\n"));
        Assert.Contains("are of the revision", await AlarmAsync(await DenialAsync() with { Policies = Archive(other) }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_connector_shows_that_nobody_can_read_is_an_alarm()
    {
        Assert.Contains("commits to", await AlarmAsync(await DenialAsync() with { Question = "no Base64" }), StringComparison.Ordinal);
        Assert.Contains("commits to", await AlarmAsync(await DenialAsync() with { Salt = "%" }), StringComparison.Ordinal);
        foreach (var policies in new[] { "no Base64", Convert.ToBase64String("no archive"u8), "" })
        {
            Assert.Contains("cannot be used", await AlarmAsync(await DenialAsync() with { Policies = policies }), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_of_policies_is_no_proof_of_what_is_in_them()
    {
        Assert.Null(ShownDecision.NoteOn(PolicyBundle.BuiltIn().Revision));
        Assert.Contains("r7", ShownDecision.NoteOn("r7"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasons_that_the_policies_do_not_give_are_an_alarm() =>
        Assert.Contains("other reasons", await AlarmAsync(await DenialAsync(reason: "not_a_party")), StringComparison.Ordinal);

    [Fact]
    public async Task Without_the_policies_it_says_what_it_could_not_do()
    {
        var finding = await JudgeAsync(await DenialAsync() with { Policies = null }, TestContext.Current.CancellationToken);
        Assert.Equal((null, null), (finding.Alarm, finding.Again));
        Assert.Contains("not decided again", finding.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_entry_than_the_log_has_is_an_alarm()
    {
        var denial = await DenialAsync();
        var finding = await LogWhyCommand.JudgeAsync(denial.Entry with { Time = denial.Entry.Time.AddDays(1) }, denial, TestContext.Current.CancellationToken);
        Assert.Contains("another entry", finding.Alarm, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_entry_that_the_log_has_by_its_hash_nothing_is_claimed()
    {
        var denial = await DenialAsync();
        denial = denial with { Entry = denial.Entry with { Data = JsonSerializer.SerializeToElement(new { hash = "sha-256:00", bytes = 70_000 }) } };
        var finding = await LogWhyCommand.JudgeAsync(denial.Entry, denial, TestContext.Current.CancellationToken);
        Assert.Null(finding.Alarm);
        Assert.Contains("hash alone", finding.Note, StringComparison.Ordinal);
    }

    private static Task<LogWhyCommand.Finding> JudgeAsync(DenialView denial, CancellationToken cancellation) => LogWhyCommand.JudgeAsync(denial.Entry, denial, cancellation);

    private static async Task<string> AlarmAsync(DenialView denial) =>
        Assert.IsType<string>((await JudgeAsync(denial, TestContext.Current.CancellationToken)).Alarm);

    private static async Task<DenialView> DenialAsync(string? reason = null)
    {
        var bundle = PolicyBundle.BuiltIn();
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(bundle);
        var decision = await engine.DecideAsync(Question, TestContext.Current.CancellationToken);
        var reasons = reason is null ? decision.Reasons.Select(each => new { each.Code, each.Term }) : [new { Code = reason, Term = (string?)null }];
        return new DenialView
        {
            Entry = new EvidenceEntry
            {
                Id = "019e0000000070008000000000000001",
                Time = DateTimeOffset.UnixEpoch,
                Source = "did:web:grid.example",
                Kind = EvidenceKinds.DecisionDenied,
                Data = JsonSerializer.SerializeToElement(new { reasons, bundle.Revision, question = Commitment.Create(Salt, Question) }, ProtocolJson.Options),
            },
            Revision = bundle.Revision,
            Salt = Convert.ToBase64String(Salt),
            Question = Convert.ToBase64String(Question),
            KeptUntil = DateTimeOffset.UnixEpoch.AddDays(30),
            Policies = Archive(bundle),
        };
    }

    private static string Archive(PolicyBundle bundle)
    {
        using var stream = new MemoryStream();
        bundle.WriteArchive(stream);
        return Convert.ToBase64String(stream.ToArray());
    }
}

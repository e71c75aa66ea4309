using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Metering;

public sealed class MeteringTests
{
    private static readonly UsageLeaf[] Leaves =
    [
        Leaf(1, "inference", UsageOutcomes.Ok, 96, 2000),
        Leaf(2, "training", UsageOutcomes.Ok, 9600, 200_000),
        Leaf(3, "inference", UsageOutcomes.Miss, 0, 10),
        Leaf(4, "inference", UsageOutcomes.Ok, 192, 4000),
    ];

    [Fact]
    public void Leaf_written_straight_is_the_canonical_form()
    {
        var leaf = Leaf(7, "credit:\"首贷\"\n", UsageOutcomes.Cut, long.MaxValue / 4096, 5);
        Assert.Equal(CanonicalJson.Bytes(leaf), leaf.CanonicalBytes());
        Assert.Equal(MerkleTree.LeafHash(CanonicalJson.Bytes(leaf)), leaf.LeafHash());
    }

    [Fact]
    public void Counts_are_exact_and_sorted()
    {
        var counts = Sum(Leaves).Counts;
        Assert.Equal(
            [("inference", "miss", 1L, 0L, 10L), ("inference", "ok", 2, 288, 6000), ("training", "ok", 1, 9600, 200_000)],
            counts.Select(c => (c.Purpose, c.Outcome, c.Requests, c.Rows, c.Bytes)));
        Assert.Equal(counts, Sum(Leaves.Reverse()).Counts);
        Assert.Equal(["infer", "infer", "train"], counts.Select(c => c.Phase));
    }

    [Fact]
    public void Sum_beyond_a_long_is_no_count() =>
        Assert.Throws<OverflowException>(() => Sum([Leaf(1, "p", "ok", long.MaxValue, 0), Leaf(2, "p", "ok", 1, 0)]));

    [Theory]
    [InlineData("train", "train")]
    [InlineData("training", "train")]
    [InlineData("train:ad-perception", "train")]
    [InlineData("inference", "infer")]
    [InlineData("infer:bid", "infer")]
    [InlineData("credit:first-loan", "other")]
    [InlineData("trainspotting", "other")]
    [InlineData("", "other")]
    public void Phase_follows_from_the_purpose(string purpose, string phase) => Assert.Equal(phase, UsagePhase.Of(purpose));

    [Fact]
    public void Records_of_both_sides_match_though_each_has_its_own_identity()
    {
        var (provider, consumer) = (RecordOf("p1", "did:web:grid.example"), RecordOf("c1", "did:web:vpp.example"));
        Assert.True(provider.Matches(consumer));
        Assert.Equal(provider.Content(), consumer.Content());
    }

    public static TheoryData<string> Differences() => [.. Alterations.Keys];

    private static readonly Dictionary<string, Func<UsageRecord, UsageRecord>> Alterations = new()
    {
        ["agreement"] = r => r with { AgreementId = "x" },
        ["product"] = r => r with { ProductId = "x" },
        ["provider"] = r => r with { ProviderId = "x" },
        ["consumer"] = r => r with { ConsumerId = "x" },
        ["flow"] = r => r with { Flow = "x" },
        ["interval"] = r => r with { Interval = 9 },
        ["from"] = r => r with { From = r.From.AddTicks(1) },
        ["to"] = r => r with { To = r.To.AddTicks(1) },
        ["counts"] = r => r with { Counts = [.. r.Counts.Skip(1)] },
        ["leaves"] = r => r with { Leaves = 5 },
        ["root"] = r => r with { LeafRoot = Sum(Leaves[1..]).Root },
        ["counted by"] = r => r with { CountedBy = "declared" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Any_difference_is_a_dispute(string what)
    {
        var record = RecordOf("p1", "did:web:grid.example");
        Assert.False(record.Matches(Alterations[what](record)));
    }

    [Fact]
    public void Leaves_are_taken_in_their_sequence_and_each_once()
    {
        var sum = new UsageSum();
        sum.Add(Leaf(2, "p", "ok", 1, 1));
        Assert.Throws<ArgumentException>(() => sum.Add(Leaf(2, "p", "ok", 1, 1)));
        Assert.Throws<ArgumentException>(() => sum.Add(Leaf(1, "p", "ok", 1, 1)));
        Assert.Equal(MerkleTree.Root([.. Leaves.Select(leaf => leaf.LeafHash())]), Convert.FromBase64String(Sum(Leaves).Root));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    public void The_root_of_any_number_of_leaves_is_that_of_their_hashes_and_may_be_asked_for_in_between(int count)
    {
        UsageLeaf[] leaves =
        [
            .. Enumerable.Range(1, count).Select(i => Leaf(i * 3, (i % 23) switch { 3 => "用电预测", 11 => "a\"b", 19 => new string('p', 600), 20 or 21 or 22 => new string('p', 350 + (i % 60)), _ => "inference" }, "ok", i % 3, (1L << (i % 41)) - 1)
                with { Tokens = i % 17 == 5 ? new TokenCounts { In = i } : null }),
        ];
        var (sum, hashes) = (new UsageSum(), new List<byte[]>());
        foreach (var leaf in leaves)
        {
            sum.Add(leaf);
            hashes.Add(MerkleTree.LeafHash(leaf.CanonicalBytes()));
            if (hashes.Count % 53 == 0)
            {
                Assert.Equal((hashes.Count, Convert.ToBase64String(MerkleTree.Root(hashes))), (sum.Leaves, sum.Root));
            }
        }

        Assert.Equal((count, Convert.ToBase64String(MerkleTree.Root(hashes))), (sum.Leaves, sum.Root));
    }

    [Fact]
    public void A_sum_of_tokens_has_what_is_known_in_all_of_its_leaves_and_nothing_else()
    {
        var tokens = new TokenCounts { In = 5, Cached = 1, Out = 2, Data = 3, DataBy = [new PartyTokens("b", 3, 1)], DeclaredIn = 6 };
        var sum = Sum([Leaf(1, "p", "ok", 0, 9) with { Tokens = tokens }, Leaf(2, "p", "ok", 0, 9) with { Tokens = tokens with { Data = 4, DataBy = [new PartyTokens("a", 4, 2)], DeclaredIn = null } }]);
        var counts = Assert.Single(sum.Counts);
        Assert.Equal((10L, 2L, 4L, 7L, null), (counts.TokensIn, counts.TokensCached, counts.TokensOut, counts.TokensData, counts.DeclaredIn));
        Assert.Equal([new PartyTokens("a", 4, 2), new PartyTokens("b", 3, 1)], counts.TokensDataBy!);

        foreach (var order in new[] { new[] { true, false }, [false, true] })
        {
            var mixed = Sum([.. order.Select((known, i) => Leaf(i + 1, "p", "ok", 0, 9) with { Tokens = known ? tokens : null })]);
            Assert.Null(Assert.Single(mixed.Counts).TokensIn);
        }
    }

    [Fact]
    public void Tokens_are_part_of_what_a_leaf_says()
    {
        var leaf = Leaf(1, "p", "ok", 0, 9);
        var counted = leaf with { Tokens = new TokenCounts { In = 5, Out = 2 } };
        Assert.NotEqual(leaf.LeafHash(), counted.LeafHash());
        Assert.NotEqual(counted.LeafHash(), (leaf with { Tokens = new TokenCounts { In = 5, Out = 3 } }).LeafHash());
        Assert.Equal(MerkleTree.LeafHash(counted.CanonicalBytes()), counted.LeafHash());
        Assert.EndsWith(",\"sequence\":1,\"tokens\":{\"in\":5,\"out\":2}}", System.Text.Encoding.UTF8.GetString(counted.CanonicalBytes()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1"}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"retrieved","text":"text","party":"provider","parties":["a","b"]}}""")]
    [InlineData("""{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"tokens":"token_n"}}""")]
    public void Rule_for_tokens_is_read_from_the_contract(string rule) => Assert.Equal(MeterRule.Token, MeterRule.From(Policy(rule))!.Unit);

    [Theory]
    [InlineData("""{"unit":"token","format":"openai-chat"}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"cl100k_base","tokenizerVersion":"1"}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"2"}""")]
    [InlineData("""{"unit":"token","format":"text/html","tokenizerId":"o200k_base","tokenizerVersion":"1"}""")]
    [InlineData("""{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1"}""")]
    [InlineData("""{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"x","text":"t"}}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"text":"t"}}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"usage","text":"t"}}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"r","text":"t","tokens":"n"}}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"r","text":"t","party":"p"}}""")]
    [InlineData("""{"unit":"token","format":"openai-chat","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"at":"r","text":"t","party":"p","parties":["a","a"]}}""")]
    [InlineData("""{"unit":"request","tokenizerId":"o200k_base","tokenizerVersion":"1"}""")]
    public void Rule_for_tokens_that_cannot_be_applied_is_refused(string rule) => Assert.Throws<RefusalException>(() => MeterRule.From(Policy(rule)));

    [Fact]
    public void Largest_record_that_a_contract_can_lead_to_is_read_and_two_of_them_are_one_request()
    {
        const long Most = 1L << 53;

        // The names are as long as the rule takes them: 31 of 17 characters, and one that takes what is left.
        var parties = Enumerable.Range(0, 31).Select(i => $"{i:00}{new string('p', 15)}").Append(new string('\u4e00', 16)).ToList();
        Assert.NotNull(MeterRule.From(Policy(ByParties(parties))));
        Assert.Equal("$['tds:meter'].chunks.parties", Assert.Throws<RefusalException>(() => MeterRule.From(Policy(ByParties([.. parties[..31], parties[31] + "pp"])))).Where);

        var counts = Enumerable.Range(0, 32).SelectMany(i => new[] { UsageOutcomes.Cut, UsageOutcomes.Error, UsageOutcomes.Miss, UsageOutcomes.Ok, UsageOutcomes.Retry }.Select(outcome => new UsageCounts
        {
            Purpose = $"training:{i:00}{new string('"', 53)}",
            Outcome = outcome,
            Requests = Most,
            Rows = Most,
            Bytes = Most,
            TokensIn = Most,
            TokensCached = Most,
            TokensOut = Most,
            TokensData = Most,
            TokensDataBy = outcome is UsageOutcomes.Ok or UsageOutcomes.Cut or UsageOutcomes.Retry ? [.. parties.Select(party => new PartyTokens(party, Most, Most))] : null,
            DeclaredIn = Most,
            DeclaredOut = Most,
        })).ToList();
        var name = new string('\u4e00', 256);
        var record = RecordOf(name, name) with { AgreementId = name, ProductId = name, ProviderId = name, ConsumerId = name, Flow = name, Counts = counts, TokenizerId = "o200k_base", TokenizerVersion = "1" };
        var key = SigningKey.Generate();
        var signed = record.Sign(key);
        Assert.InRange(signed.Length, 0, UsageRecord.MaxSignedLength);
        Assert.True(record.Matches(UsageRecord.Verify(signed, [key.Public])));

        // Listen:MaxBodyBytes.
        Assert.InRange(ProtocolJson.Write(new ReceiptSubmission { Provider = new string('x', UsageRecord.MaxSignedLength), Consumer = new string('x', UsageRecord.MaxSignedLength) }).Length, 0, 1 << 20);
    }

    [Fact]
    public void Pages_of_leaves_are_cut_by_number_and_by_bytes()
    {
        var small = Enumerable.Range(1, 2_001).Select(i => Leaf(i, "inference", "ok", 1, 1)).ToList();
        Assert.Equal([1_000, 1_000, 1], LeavesPage.Of(small).Select(page => page.Leaves.Count));
        Assert.Equal([false, false, true], LeavesPage.Of(small).Select(page => page.Last));

        var tokens = new TokenCounts { Data = 320, DataBy = [.. Enumerable.Range(0, 32).Select(i => new PartyTokens($"did:web:{i:00}.example", 10, 1))] };
        var large = small.Select(leaf => leaf with { Tokens = tokens }).ToList();
        var pages = LeavesPage.Of(large);
        Assert.Equal(large, pages.SelectMany(page => page.Leaves));
        Assert.Equal(Enumerable.Range(0, pages.Count), pages.Select(page => page.Number));
        Assert.All(pages, page => Assert.InRange(ProtocolJson.Write(page).Length, 1, LeavesPage.MaxBytes + 200));

        // Each of these is six bytes in JSON.
        var escaped = small.Select(leaf => leaf with { Purpose = new string('\'', 64) }).ToList();
        Assert.All(LeavesPage.Of(escaped), page => Assert.InRange(ProtocolJson.Write(page).Length, 1, LeavesPage.MaxBytes + 200));
        Assert.True(Assert.Single(LeavesPage.Of([])) is { Last: true, Leaves.Count: 0 });
    }

    [Theory]
    [InlineData("inference")]
    [InlineData("")]
    [InlineData("a\"b\\c")]
    [InlineData("\u4e2d\u6587")]
    [InlineData("line\nbreak")]
    public void Hash_of_a_leaf_is_that_of_its_canonical_form_whatever_its_texts(string purpose)
    {
        foreach (var text in new[] { purpose, purpose + new string('x', 600) })
        {
            var leaf = Leaf(long.MaxValue, text, "ok", long.MaxValue, 0);
            Assert.Equal(MerkleTree.LeafHash(leaf.CanonicalBytes()), leaf.LeafHash());
        }
    }

    [Fact]
    public void Signed_record_reads_back()
    {
        using var key = SigningKey.Generate();
        using var other = SigningKey.Generate();
        var record = RecordOf("p1", "did:web:grid.example");

        var read = UsageRecord.Verify(record.Sign(key), [key.Public]);

        Assert.Equal((record.Id, record.Source), (read.Id, read.Source));
        Assert.True(record.Matches(read));
        Assert.Throws<RefusalException>(() => UsageRecord.Verify(record.Sign(other), [key.Public]));
    }

    [Fact]
    public void Rule_is_read_from_the_contract()
    {
        Assert.Equal(
            new MeterRule { Unit = MeterRule.Row, Format = "text/csv", ValuesPerRecord = 96 },
            MeterRule.From(Policy("""{"unit":"row","format":"text/csv","valuesPerRecord":96}""")));
        Assert.Equal(new MeterRule { Unit = MeterRule.Request }, MeterRule.From(Policy("""{"unit":"request"}""")));
        Assert.Null(MeterRule.From(PolicyDocument.Parse("""{"@type":"Offer"}""")));
    }

    [Theory]
    [InlineData("""{"unit":"token"}""")]
    [InlineData("""{"unit":"row","format":"application/json"}""")]
    [InlineData("""{"unit":"row"}""")]
    [InlineData("""{"unit":"request","valuesPerRecord":0}""")]
    [InlineData("""{"format":"text/csv"}""")]
    [InlineData("\"row\"")]
    public void Rule_that_cannot_be_applied_is_refused(string rule) => Assert.Throws<RefusalException>(() => MeterRule.From(Policy(rule)));

    private static PolicyDocument Policy(string rule) => PolicyDocument.Parse(Encoding.UTF8.GetBytes($$"""{"@type":"Offer","tds:meter":{{rule}}}"""));

    private static string ByParties(IEnumerable<string> names) =>
        $$"""{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1","chunks":{"text":"text","party":"source","parties":[{{string.Join(',', names.Select(name => $"\"{name}\""))}}] } }""";

    private static UsageSum Sum(IEnumerable<UsageLeaf> leaves)
    {
        var sum = new UsageSum();
        foreach (var leaf in leaves.OrderBy(leaf => leaf.Sequence))
        {
            sum.Add(leaf);
        }

        return sum;
    }

    private static UsageLeaf Leaf(long sequence, string purpose, string outcome, long rows, long bytes) =>
        new() { Flow = "urn:uuid:f", Interval = 3, Sequence = sequence, Purpose = purpose, Outcome = outcome, Rows = rows, Bytes = bytes };

    private static UsageRecord RecordOf(string id, string source) => new()
    {
        Id = id,
        Source = source,
        AgreementId = "urn:uuid:a",
        ProductId = "load_curve_96",
        ProviderId = "did:web:grid.example",
        ConsumerId = "did:web:vpp.example",
        Flow = "urn:uuid:f",
        Interval = 3,
        From = DateTimeOffset.UnixEpoch.AddDays(20000),
        To = DateTimeOffset.UnixEpoch.AddDays(20000).AddMinutes(1),
        Counts = Sum(Leaves).Counts,
        Leaves = Leaves.Length,
        LeafRoot = Sum(Leaves).Root,
    };
}

using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class CheckpointTests : IDisposable
{
    private static readonly Checkpoint Head = new("space.example/log", 12, Convert.ToBase64String(new byte[32]));

    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Fact]
    public void Signed_checkpoint_reads_back()
    {
        var signed = SignedCheckpoint.Sign(Head, key, "space.example/log");
        Assert.Equal(signed, SignedCheckpoint.Verify(signed.Text, key.Public));
        Assert.Equal(Head, signed.Checkpoint);
        Assert.Matches("^space.example/log\n12\nA{43}=\n\n\u2014 space.example/log [A-Za-z0-9+/=]+\n$", signed.Text);
    }

    [Fact]
    public void Signature_of_a_witness_beside_it_does_no_harm()
    {
        using var witness = SigningKey.Generate();
        var signed = SignedCheckpoint.Sign(Head, key, "space.example/log");
        var line = SignedCheckpoint.Sign(Head, witness, "witness.example").Text.Split('\n')[4];
        Assert.Equal(Head, SignedCheckpoint.Verify(signed.Text + line + "\n", key.Public).Checkpoint);
    }

    [Fact]
    public void Note_with_signatures_without_end_is_refused()
    {
        var signed = SignedCheckpoint.Sign(Head, key, "n").Text;
        var flood = signed + string.Concat(Enumerable.Repeat(signed.Split('\n')[4] + "\n", 1000));
        Assert.Equal(RefusalCode.TooLarge, Assert.Throws<RefusalException>(() => SignedCheckpoint.Verify(flood, key.Public)).Code);
    }

    [Fact]
    public void Checkpoint_of_another_key_is_refused()
    {
        using var other = SigningKey.Generate();
        var refusal = Assert.Throws<RefusalException>(() => SignedCheckpoint.Verify(SignedCheckpoint.Sign(Head, other, "n").Text, key.Public));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
    }

    [Theory]
    [InlineData("12", "13")]
    [InlineData("space.example/log\n", "other.example/log\n")]
    [InlineData("AAAA=", "AAAB=")]
    public void Altered_checkpoint_is_refused(string from, string to) => Assert.Throws<RefusalException>(
        () => SignedCheckpoint.Verify(SignedCheckpoint.Sign(Head, key, "n").Text.Replace(from, to, StringComparison.Ordinal), key.Public));

    [Theory]
    [InlineData("")]
    [InlineData("o\n1\n")]
    [InlineData("o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n")]
    [InlineData("o\n1\nAAAA\n")]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n")]
    [InlineData("\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public void Text_that_is_no_checkpoint_is_refused(string text) =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => Checkpoint.Parse(text)).Code);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a+b")]
    public void Name_that_cannot_stand_in_a_note_is_refused(string name) =>
        Assert.Throws<RefusalException>(() => SignedCheckpoint.Sign(Head, key, name));
}

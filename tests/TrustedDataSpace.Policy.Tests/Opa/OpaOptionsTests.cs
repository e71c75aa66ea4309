using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Opa;

public sealed class OpaOptionsTests
{
    private static readonly OpaOptions Usable = new() { Url = "http://127.0.0.1:8181" };

    [Theory]
    [InlineData("http://127.0.0.1:8181")]
    [InlineData("http://[::1]:8181/")]
    [InlineData("http://localhost:8181")]
    [InlineData("https://opa.example")]
    [InlineData("unix:///run/opa/opa.sock")]
    public void Address_that_nobody_else_can_read_is_usable(string url) => Assert.Empty((Usable with { Url = url }).Problems("Policies:Opa"));

    [Theory]
    [InlineData("")]
    [InlineData("opa:8181")]
    [InlineData("http://opa:8181")]
    [InlineData("http://10.0.0.1:8181")]
    [InlineData("http://127.0.0.1.example:8181")]
    [InlineData("https://user:secret@opa.example")]
    [InlineData("https://opa.example/v1/data/other")]
    [InlineData("https://opa.example/?x")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("unix:opa.sock")]
    [InlineData("unix:///")]
    public void Other_address_is_refused(string url) =>
        Assert.Contains("Policies:Opa:Url", Assert.Single((Usable with { Url = url }).Problems("Policies:Opa")), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nline")]
    public void Token_that_is_none_is_refused(string token) => Assert.Single((Usable with { Token = token }).Problems("Policies:Opa"));

    [Fact]
    public void Token_file_has_to_be_there_and_hold_a_token()
    {
        using var folder = new TempFolder();
        Assert.Single((Usable with { TokenFile = folder["token"] }).Problems("Policies:Opa"));
        File.WriteAllText(folder["token"], "");
        Assert.Single((Usable with { TokenFile = folder["token"] }).Problems("Policies:Opa"));
        File.WriteAllText(folder["token"], "secret\n");
        Assert.Empty((Usable with { TokenFile = folder["token"] }).Problems("Policies:Opa"));
        Assert.Single((Usable with { TokenFile = folder["token"], Token = "another" }).Problems("Policies:Opa"));
    }

    [Fact]
    public void All_problems_are_listed() =>
        Assert.Equal(4, new OpaOptions { Url = "x", Token = "", Bundle = "", Timeout = TimeSpan.Zero }.Problems("Policies:Opa").Count());
}

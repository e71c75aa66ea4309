using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Scenarios.Conventions;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>
/// Bad input over real HTTP against a running space: the answer says what was wrong and what to do, nothing changes, the log has
/// one line of it, and no secret.
/// </summary>
public sealed class BadInputTests(BadInputSpace space) : IClassFixture<BadInputSpace>
{
    private static readonly BadInputRow[] Table = [.. GeneralRows.All, .. ConnectorRows.All, .. AuthorityRows.All, .. IdentityRows.All];

    public static TheoryData<string> Rows { get; } = [.. Table.Select(NameOf)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Bad_input_is_refused_with_a_reason_changes_nothing_and_is_logged_once(string name)
    {
        var row = Table.Single(row => NameOf(row) == name);
        var before = space.Rows();
        var attempts = row.Attempts(space).ToList();
        Assert.NotEmpty(attempts);
        using var stranger = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 });
        foreach (var attempt in attempts)
        {
            var logged = Refusals(attempt).Count;
            using var response = await attempt.SendAsync(stranger).Within(attempt.ToString());
            var text = await response.Content.ReadAsStringAsync();
            AssertAnswer(row, attempt, response, text);
            Assert.True(Refusals(attempt).Count == logged + 1, $"{attempt} is logged {Refusals(attempt).Count - logged} times");
        }

        Assert.Equal(before, space.Rows());
        Assert.DoesNotContain(space.Space.Log.Lines, line => line.Level >= LogLevel.Error);
        AssertNoSecrets();
    }

    [Fact]
    public async Task A_line_break_in_an_address_begins_no_line_of_the_log()
    {
        using var stranger = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 });
        using var response = await space.Manage(space.Consumer, "GET", "/api/v1/agreements/a%0D%0Ainfo:%20forged").SendAsync(stranger);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
        Assert.DoesNotContain(space.Space.Log.Lines, line => line.Text.Contains('\n', StringComparison.Ordinal) || line.Text.Contains('\r', StringComparison.Ordinal));
    }

    [Fact]
    public void The_documentation_shows_these_rows_and_no_others()
    {
        var documented = SourceTree.Read("docs/errors.md").Split('\n')
            .SkipWhile(line => line != "## Bad input").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1);
        Assert.Equal(Table.Select(row => row.Line), documented);
    }

    private static string NameOf(BadInputRow row) => $"{row.Sent} ({row.At})";

    private List<LogLine> Refusals(Attempt attempt) => [.. space.Space.Log.Lines.Where(line => line.Service == space.NameOf(attempt.Client) && line.Text.Contains(" refused (", StringComparison.Ordinal))];

    private static void AssertAnswer(BadInputRow row, Attempt attempt, HttpResponseMessage response, string text)
    {
        Assert.True((int)response.StatusCode == row.Status, $"{attempt} is answered {(int)response.StatusCode} {text}");
        Assert.True(text.Contains(row.Says, StringComparison.Ordinal), $"{attempt} does not say '{row.Says}': {text}");
        using var document = JsonDocument.Parse(text);
        var answer = document.RootElement;
        if (attempt.Target.StartsWith("/oauth2/", StringComparison.Ordinal) && row.Status != 405)
        {
            Assert.Equal(row.Code, Text(answer, "error"));
            Assert.NotEmpty(Text(answer, "error_description"));
        }
        else if (attempt.Target.StartsWith("/dsp/", StringComparison.Ordinal) && row.Status != 405)
        {
            Assert.EndsWith("Error", Text(answer, "@type"), StringComparison.Ordinal);
            Assert.Equal(row.Code, Text(answer, "code"));
            Assert.NotEmpty(answer.GetProperty("reason").EnumerateArray());
        }
        else
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.Equal((row.Code, row.Status), (Text(answer, "code"), answer.GetProperty("status").GetInt32()));
            Assert.NotEmpty(Text(answer, "detail"));
            Assert.True(Text(answer, "remedy").Length > 0, $"{attempt} does not say what to do: {text}");
            Assert.True((Text(answer, "where") + " " + Text(answer, "term")).Contains(row.Where, StringComparison.Ordinal), $"{attempt} does not name '{row.Where}': {text}");
            Assert.DoesNotContain("TrustedDataSpace.", text, StringComparison.Ordinal);
        }
    }

    private void AssertNoSecrets()
    {
        string[] secrets =
        [
            "source-secret", space.Contract.Secret, space.Other.Secret, space.StrangersToken, space.DataToken(space.Contract)[..40],
            .. new[] { space.Authority, space.Provider, space.Consumer }.SelectMany(service => new[] { BadInputSpace.ManagementToken(service), space.AccessToken(service) }),
        ];
        foreach (var line in space.Space.Log.Lines)
        {
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, line.Text, StringComparison.Ordinal));
        }
    }

    private static string Text(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) ? value.ToString() : "";
}

using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>Synthetic test reports on ten heats of GH4169, cut into pieces of 192 tokens: eight to a heat, of two providers.</summary>
internal static class ReportChunks
{
    /// <summary>Tokens of each piece.</summary>
    public const int TokensEach = 192;

    /// <summary>Heats.</summary>
    public const int Heats = 10;

    /// <summary>Pieces about one heat.</summary>
    public const int PerHeat = 8;

    /// <summary>The steel mill.</summary>
    public const string Mill = "did:web:mill.materials.example";

    /// <summary>The test laboratory.</summary>
    public const string Lab = "did:web:lab.materials.example";

    /// <summary>Name of a heat, 0 to 9.</summary>
    public static string Heat(int heat) => string.Create(CultureInfo.InvariantCulture, $"GH4169-H{heat + 1:00}");

    /// <summary>The pieces of one provider as CSV: chunk_id, report_id, provider, text, token_n, tokenizer, security_level.</summary>
    public static string Csv(string provider)
    {
        var csv = new StringBuilder("chunk_id,report_id,provider,text,token_n,tokenizer,security_level\n");
        for (var heat = 0; heat < Heats; heat++)
        {
            // The mill has five pieces of eight on most heats, and four on each fifth.
            var ofMill = heat % 5 == 4 ? 4 : 5;
            for (var piece = 0; piece < PerHeat; piece++)
            {
                if ((piece < ofMill ? Mill : Lab) == provider)
                {
                    var id = string.Create(CultureInfo.InvariantCulture, $"{(piece < ofMill ? "MILL" : "LAB")}-{Heat(heat)}-{piece + 1}");
                    csv.Append(CultureInfo.InvariantCulture, $"{id},R-{Heat(heat)},{provider},\"{Text(heat, piece)}\",{TokensEach},{Tokenizer.BuiltInId},1\n");
                }
            }
        }

        return csv.ToString();
    }

    private static string Text(int heat, int piece) => ExactText.Of(
        string.Create(CultureInfo.InvariantCulture, $"Heat {Heat(heat)}, part {piece + 1}: 固溶 {960 + (2 * heat)} °C, 时效 720 °C {7 + piece} h; tensile strength {1280 + (3 * heat) + piece} MPa, yield strength {1030 + heat + (2 * piece)} MPa, elongation {12 + (piece % 4)} %."),
        TokensEach);
}

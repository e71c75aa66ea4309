using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Text to modules. A module with a syntax error is reported and left out, so that the others are still read.</summary>
internal static class ParseStage
{
    public static void Run(Compilation compilation)
    {
        foreach (var source in compilation.Sources)
        {
            try
            {
                compilation.Modules.Add(ModuleParser.Parse(source));
            }
            catch (SyntaxException error)
            {
                compilation.Report(ErrorCodes.Parse, error.Location, error.Message);
            }
        }
    }
}

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
                var (module, errors) = ModuleParser.Parse(source);
                compilation.Modules.Add(module);
                foreach (var error in errors)
                {
                    compilation.Report(ErrorCodes.Parse, error.Location, error.Message);
                }
            }
            catch (SyntaxException error)
            {
                compilation.Report(ErrorCodes.Parse, error.Location, error.Message);
            }
        }
    }
}

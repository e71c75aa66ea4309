using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary>What is needed to offer something.</summary>
/// <param name="Asset">The source behind it.</param>
/// <param name="Product">The product with its offer.</param>
internal sealed record Publication(AssetDefinition Asset, ProductDefinition Product);

/**
 * What a generated marketplace sells: its categories, of what their things are made and in what they come, said in every
 * language. Facts about a category (its usual price, how prices spread, whether it is used up and bought again) stand with it.
 */
import type { Words } from './vocabulary.ts';

export interface Material {
  /** How the thing was made, for English titles. */
  readonly making: readonly string[];
  readonly name: Words;
}

const material = (making: string, en: string, de: string, fr: string, es: string): Material => ({
  making: making.split('|'),
  name: [en, de, fr, es],
});

const MATERIALS = {
  clay: [
    material('Hand-thrown|Wheel-thrown|Speckled', 'stoneware', 'Steinzeug', 'grès', 'gres'),
    material('Hand-painted|Glazed', 'porcelain', 'Porzellan', 'porcelaine', 'porcelana'),
    material('Rustic|Fired', 'terracotta', 'Terrakotta', 'terre cuite', 'terracota'),
  ],
  wood: [
    material('Hand-carved|Solid', 'oak', 'Eiche', 'chêne', 'roble'),
    material('Turned|Oiled', 'walnut', 'Nussbaum', 'noyer', 'nogal'),
    material('Reclaimed|Sanded', 'pine', 'Kiefer', 'pin', 'pino'),
  ],
  textile: [
    material('Hand-woven|Washed', 'linen', 'Leinen', 'lin', 'lino'),
    material('Quilted|Organic', 'cotton', 'Baumwolle', 'coton', 'algodón'),
    material('Block-printed|Soft', 'velvet', 'Samt', 'velours', 'terciopelo'),
  ],
  knit: [
    material('Hand-knitted|Chunky', 'merino wool', 'Merinowolle', 'laine mérinos', 'lana merina'),
    material('Crocheted|Fine', 'alpaca', 'Alpaka', 'alpaga', 'alpaca'),
    material('Felted|Warm', 'lambswool', 'Lammwolle', "laine d'agneau", 'lana de cordero'),
  ],
  metal: [
    material('Hammered|Hand-forged', 'sterling silver', 'Sterlingsilber', 'argent massif', 'plata de ley'),
    material('Brushed|Minimalist', 'brass', 'Messing', 'laiton', 'latón'),
    material('Dainty|Polished', 'gold fill', 'Goldauflage', 'plaqué or', 'oro laminado'),
  ],
  leather: [
    material('Hand-stitched|Slim', 'full-grain leather', 'Vollleder', 'cuir pleine fleur', 'cuero'),
    material('Waxed|Sturdy', 'canvas', 'Segeltuch', 'toile', 'lona'),
  ],
  paper: [
    material('Letterpress|Illustrated', 'recycled paper', 'Recyclingpapier', 'papier recyclé', 'papel reciclado'),
    material('Hand-bound|Gilded', 'cotton paper', 'Büttenpapier', 'papier coton', 'papel de algodón'),
  ],
  scent: [
    material('Hand-poured|Small-batch', 'soy wax', 'Sojawachs', 'cire de soja', 'cera de soja'),
    material('Pure|Scented', 'beeswax', 'Bienenwachs', "cire d'abeille", 'cera de abeja'),
  ],
  botanical: [
    material('Cold-pressed|Gentle', 'lavender', 'Lavendel', 'lavande', 'lavanda'),
    material('Organic|Fragrant', 'rosemary', 'Rosmarin', 'romarin', 'romero'),
    material('Mild|Hand-cut', 'oat', 'Hafer', 'avoine', 'avena'),
  ],
  coffee: [
    material('Single-origin|Slow-roasted', 'arabica', 'Arabica', 'arabica', 'arábica'),
    material('Dark-roasted|Small-batch', 'robusta', 'Robusta', 'robusta', 'robusta'),
  ],
  tea: [
    material('Loose-leaf|First-flush', 'Darjeeling', 'Darjeeling', 'Darjeeling', 'Darjeeling'),
    material('Loose-leaf|Smoked', 'Assam', 'Assam', 'Assam', 'Assam'),
    material('Hand-picked|Dried', 'chamomile', 'Kamille', 'camomille', 'manzanilla'),
  ],
  sweet: [
    material('Raw|Creamy', 'forest honey', 'Waldhonig', 'miel de forêt', 'miel de bosque'),
    material('Roasted|Salted', 'hazelnut', 'Haselnuss', 'noisettes', 'avellana'),
  ],
} as const satisfies Record<string, readonly Material[]>;

const COLOURS: readonly Words[] = [
  ['blue', 'blau', 'bleu', 'azul'],
  ['red', 'rot', 'rouge', 'rojo'],
  ['forest green', 'waldgrün', 'vert forêt', 'verde bosque'],
  ['mustard', 'senfgelb', 'moutarde', 'mostaza'],
  ['charcoal', 'anthrazit', 'anthracite', 'gris carbón'],
  ['ivory', 'elfenbein', 'ivoire', 'marfil'],
  ['dusty pink', 'altrosa', 'vieux rose', 'rosa palo'],
  ['natural', 'natur', 'naturel', 'natural'],
];

const SIZES: readonly Words[] = [
  ['100 g', '100 g', '100 g', '100 g'],
  ['250 g', '250 g', '250 g', '250 g'],
  ['large', 'groß', 'grand format', 'grande'],
  ['gift set', 'Geschenkset', 'coffret cadeau', 'caja de regalo'],
];
const FINISHES: readonly Words[] = [
  ['matte', 'matt', 'mat', 'mate'],
  ['polished', 'poliert', 'poli', 'pulido'],
  ['small', 'klein', 'petit format', 'pequeño'],
  ['engraved', 'graviert', 'gravé', 'grabado'],
];
/** What a thing comes in, by what it is made of; colours for the others. */
const VARIANTS: Readonly<Record<string, readonly Words[]>> = {
  scent: SIZES,
  botanical: SIZES,
  coffee: SIZES,
  tea: SIZES,
  sweet: SIZES,
  metal: FINISHES,
  wood: FINISHES,
};

export interface Category {
  /** From the widest to the narrowest. */
  readonly path: string;
  readonly nouns: readonly Words[];
  readonly materials: readonly Material[];
  /** Colours, sizes or finishes. */
  readonly variants: readonly Words[];
  /** Half of the listings cost less. */
  readonly priceMedian: number;
  /** Standard deviation of the price's logarithm. */
  readonly priceSpread: number;
  /** Days after which a buyer needs it again; 0 for what lasts. */
  readonly usedUpDays: number;
  /** Share of the lines sold that come back. */
  readonly returnRate: number;
}

interface Facts {
  readonly price: number;
  readonly spread?: number;
  readonly usedUpDays?: number;
  readonly returns?: number;
}

/** `nouns`: the languages of a thing by `/`, things by `|`. */
function category(path: string, of: keyof typeof MATERIALS, facts: Facts, nouns: string): Category {
  return {
    path,
    nouns: nouns.split('|').map((words) => words.split('/') as unknown as Words),
    materials: MATERIALS[of],
    variants: VARIANTS[of] ?? COLOURS,
    priceMedian: facts.price,
    priceSpread: facts.spread ?? 0.45,
    usedUpDays: facts.usedUpDays ?? 0,
    returnRate: facts.returns ?? 0.04,
  };
}

export const CATEGORIES: readonly Category[] = [
  category(
    'Home & Living > Kitchen > Mugs',
    'clay',
    { price: 19 },
    'mug/Becher/mug/taza|espresso cup/Espressotasse/tasse à espresso/tacita de café',
  ),
  category(
    'Home & Living > Kitchen > Bowls',
    'clay',
    { price: 28 },
    'bowl/Schale/bol/cuenco|serving dish/Servierplatte/plat de service/fuente',
  ),
  category(
    'Home & Living > Kitchen > Boards',
    'wood',
    { price: 39 },
    'cutting board/Schneidebrett/planche à découper/tabla de cortar|salad spoon/Salatlöffel/cuillère à salade/cuchara de ensalada',
  ),
  category(
    'Home & Living > Kitchen > Linens',
    'textile',
    { price: 16 },
    'tea towel/Geschirrtuch/torchon/paño de cocina|apron/Schürze/tablier/delantal|napkin set/Servietten-Set/lot de serviettes/juego de servilletas',
  ),
  category(
    'Home & Living > Bedroom > Bedding',
    'textile',
    { price: 95, returns: 0.08 },
    'duvet cover/Bettbezug/housse de couette/funda nórdica|pillowcase/Kissenbezug/taie d’oreiller/funda de almohada',
  ),
  category(
    'Home & Living > Living Room > Cushions',
    'textile',
    { price: 32 },
    'cushion cover/Kissenhülle/housse de coussin/funda de cojín',
  ),
  category(
    'Home & Living > Living Room > Blankets',
    'knit',
    { price: 88 },
    'throw blanket/Wolldecke/plaid/manta|baby blanket/Babydecke/couverture bébé/manta de bebé',
  ),
  category(
    'Home & Living > Living Room > Vases',
    'clay',
    { price: 42, spread: 0.6 },
    'vase/Vase/vase/jarrón|plant pot/Blumentopf/cache-pot/maceta',
  ),
  category(
    'Home & Living > Lighting > Lamps',
    'metal',
    { price: 120, spread: 0.6 },
    'table lamp/Tischlampe/lampe de table/lámpara de mesa|pendant light/Hängeleuchte/suspension/lámpara colgante',
  ),
  category(
    'Home & Living > Furniture > Small Furniture',
    'wood',
    { price: 180, spread: 0.7 },
    'stool/Hocker/tabouret/taburete|side table/Beistelltisch/table d’appoint/mesa auxiliar|shelf/Regal/étagère/estante',
  ),
  category(
    'Home & Living > Candles',
    'scent',
    { price: 17, usedUpDays: 35 },
    'candle/Kerze/bougie/vela|pillar candle/Stumpenkerze/bougie pilier/cirio',
  ),
  category(
    'Jewellery > Necklaces',
    'metal',
    { price: 58, spread: 0.7, returns: 0.06 },
    'necklace/Halskette/collier/collar|pendant/Anhänger/pendentif/colgante',
  ),
  category(
    'Jewellery > Rings',
    'metal',
    { price: 64, spread: 0.8, returns: 0.09 },
    'ring/Ring/bague/anillo|stacking ring/Stapelring/bague empilable/anillo apilable',
  ),
  category(
    'Jewellery > Earrings',
    'metal',
    { price: 34, spread: 0.6 },
    'hoop earrings/Creolen/créoles/pendientes de aro|stud earrings/Ohrstecker/clous d’oreilles/pendientes',
  ),
  category(
    'Jewellery > Bracelets',
    'metal',
    { price: 41, spread: 0.6 },
    'bracelet/Armband/bracelet/pulsera|bangle/Armreif/jonc/brazalete',
  ),
  category(
    'Clothing > Scarves',
    'knit',
    { price: 46, returns: 0.08 },
    'scarf/Schal/écharpe/bufanda|shawl/Tuch/châle/chal',
  ),
  category(
    'Clothing > Sweaters',
    'knit',
    { price: 98, returns: 0.16 },
    'sweater/Pullover/pull/jersey|cardigan/Strickjacke/gilet/cárdigan',
  ),
  category(
    'Clothing > Hats',
    'knit',
    { price: 29, returns: 0.09 },
    'beanie/Mütze/bonnet/gorro|beret/Baskenmütze/béret/boina',
  ),
  category(
    'Clothing > Socks',
    'knit',
    { price: 18, usedUpDays: 120 },
    'socks/Socken/chaussettes/calcetines|slippers/Hausschuhe/chaussons/zapatillas',
  ),
  category(
    'Clothing > Dresses',
    'textile',
    { price: 85, returns: 0.2 },
    'dress/Kleid/robe/vestido|skirt/Rock/jupe/falda',
  ),
  category(
    'Clothing > Shirts',
    'textile',
    { price: 55, returns: 0.15 },
    'shirt/Hemd/chemise/camisa|tunic/Tunika/tunique/túnica',
  ),
  category(
    'Bags > Totes',
    'leather',
    { price: 69, spread: 0.6 },
    'tote bag/Tragetasche/sac cabas/bolso tote|backpack/Rucksack/sac à dos/mochila',
  ),
  category(
    'Bags > Wallets',
    'leather',
    { price: 44 },
    'wallet/Geldbörse/portefeuille/cartera|card holder/Kartenetui/porte-cartes/tarjetero',
  ),
  category(
    'Bags > Belts',
    'leather',
    { price: 49, returns: 0.1 },
    'belt/Gürtel/ceinture/cinturón|watch strap/Uhrenarmband/bracelet de montre/correa de reloj',
  ),
  category(
    'Paper > Cards',
    'paper',
    { price: 5, spread: 0.3, usedUpDays: 60 },
    'greeting card/Grußkarte/carte de vœux/tarjeta|postcard set/Postkarten-Set/lot de cartes postales/juego de postales',
  ),
  category(
    'Paper > Notebooks',
    'paper',
    { price: 17, usedUpDays: 90 },
    'notebook/Notizbuch/carnet/cuaderno|planner/Kalender/agenda/agenda',
  ),
  category(
    'Paper > Prints',
    'paper',
    { price: 27, spread: 0.7 },
    'art print/Kunstdruck/affiche/lámina|map print/Landkarte/carte ancienne/mapa',
  ),
  category(
    'Bath & Beauty > Soap',
    'botanical',
    { price: 8, spread: 0.3, usedUpDays: 30 },
    'soap bar/Seife/savon/jabón|shampoo bar/Haarseife/shampooing solide/champú sólido',
  ),
  category(
    'Bath & Beauty > Skincare',
    'botanical',
    { price: 22, usedUpDays: 45 },
    'face oil/Gesichtsöl/huile visage/aceite facial|hand balm/Handbalsam/baume mains/bálsamo de manos',
  ),
  category(
    'Food & Drink > Coffee',
    'coffee',
    { price: 14, spread: 0.35, usedUpDays: 21, returns: 0.01 },
    'coffee/Kaffee/café/café|espresso/Espresso/espresso/espresso',
  ),
  category(
    'Food & Drink > Tea',
    'tea',
    { price: 12, spread: 0.35, usedUpDays: 28, returns: 0.01 },
    'tea/Tee/thé/té|tea blend/Teemischung/mélange de thé/mezcla de té',
  ),
  category(
    'Food & Drink > Sweets',
    'sweet',
    { price: 11, spread: 0.35, usedUpDays: 28, returns: 0.01 },
    'spread/Aufstrich/pâte à tartiner/crema|toffee/Karamell/caramel/caramelo',
  ),
  category(
    'Toys & Games > Wooden Toys',
    'wood',
    { price: 31 },
    'train set/Holzeisenbahn/petit train/tren|stacking toy/Stapelturm/jeu à empiler/juguete apilable|puzzle/Puzzle/puzzle/rompecabezas',
  ),
  category(
    'Toys & Games > Soft Toys',
    'knit',
    { price: 27 },
    'bunny/Hase/lapin/conejito|bear/Teddybär/ours/osito|rattle/Rassel/hochet/sonajero',
  ),
  category(
    'Pets > Accessories',
    'leather',
    { price: 26 },
    'dog collar/Hundehalsband/collier pour chien/collar de perro|dog leash/Hundeleine/laisse/correa de perro',
  ),
  category(
    'Pets > Beds',
    'textile',
    { price: 54 },
    'cat bed/Katzenbett/panier pour chat/cama de gato|dog bed/Hundebett/panier pour chien/cama de perro',
  ),
  category(
    'Craft Supplies > Yarn',
    'knit',
    { price: 13, spread: 0.4, usedUpDays: 40 },
    'yarn skein/Wollstrang/écheveau/madeja|knitting kit/Strickset/kit de tricot/kit de punto',
  ),
];

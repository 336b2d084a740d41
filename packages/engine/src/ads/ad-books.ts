/**
 * The books of the ads: one place where views, clicks, orders, returns, payments and refunds meet the rules on invalid traffic,
 * attribution and the ledger. The state keeps one, and so does the lake, which reports what each entry said.
 *
 *     view, click:  known campaign? → token still good? → invalid? → charge what is left → remember the touch
 *     order:        credit the last touch → pay for the click on the listing, if its campaign pays by order
 *     return:       take the credit off → give back its share of the charge
 */
import type { AdSettings, AdTrafficRules, Payment } from '@rialto/sdk';
import { int32Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Day, dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import type { RefundRecord } from '../log/record.ts';
import { Documents } from '../market/documents.ts';
import { Attribution, type OrderLine, type Return } from './attribution.ts';
import type { Credit, WindowDays } from './attribution-counts.ts';
import type { InvalidReason } from './invalid-reason.ts';
import { type AdClick, clicksOfFlood, invalidClick, invalidView, STANDARD_RULES } from './invalid-traffic.ts';
import { Ledger, type Settlement, unbilled } from './ledger.ts';
import type { Limits } from './limits.ts';
import { SellerAccounts } from './seller-accounts.ts';
import { type ArmAccount, SplitBooks } from './split-books.ts';
import { type AdClaims, billingOf } from './token.ts';
import { BY_DECISION, type TouchedItem, Touches } from './touches.ts';

export interface AdEvent extends AdClick {
  readonly kind: 'view' | 'click';
  readonly claims: AdClaims;
  /** The shop that pays; -1 where the campaign is unknown. */
  readonly shop: number;
  /** The signed-in buyer, where there is one. */
  readonly signedIn: string | undefined;
  readonly bot: boolean;
}

export interface GivenBack {
  readonly campaign: number;
  readonly shop: number;
  /** The day that was billed. */
  readonly billedOn: Day;
  readonly amountMicros: number;
}

export interface Booked {
  readonly settlement: Settlement;
  /** Of earlier charges, which this event showed to be invalid. */
  readonly givenBack: readonly GivenBack[];
}

export interface BookedOrder {
  readonly credits: readonly Credit[];
  /** Of a campaign that pays by order. */
  readonly paid?: {
    readonly campaign: number;
    readonly shop: number;
    readonly priceMicros: number;
    readonly settlement: Settlement;
    /** Since the click that it follows. */
    readonly afterMs?: number;
    /** Whose part of a split budget paid. */
    readonly arm?: number;
  };
}

export interface BookedReturn {
  readonly credits: readonly Credit[];
  readonly givenBack: readonly GivenBack[];
}

type RefundDone = RefundRecord['refund'] & { readonly refundedMicros: number };

const TOUCH_DAYS = 31;
const CLICKS_MAX = 2 ** 22;
const VIEWS_MAX = 2 ** 21;
const MILLE = 1000;
const BASIS_POINTS = 10_000n;
const ORDER_WINDOW_DAYS: WindowDays = 14;

export class AdBooks implements Part {
  readonly ledger: Ledger;
  readonly accounts = new SellerAccounts();
  readonly split = new SplitBooks();
  readonly attribution: Attribution;
  readonly payments = new Documents<Payment>('payments');
  readonly refunds = new Documents<RefundDone>('refunds');
  /** Of a micro, of views already seen. [campaigns] */
  readonly #thousandths = int32Column();
  readonly #clicks: Touches;
  readonly #views: Touches;
  #rules: Required<AdTrafficRules> = STANDARD_RULES;
  #orderWindowDays = ORDER_WINDOW_DAYS;

  /** For tests: how much is remembered. */
  constructor({ ledger = new Ledger(), clicksMax = CLICKS_MAX, viewsMax = VIEWS_MAX } = {}) {
    const keptMs = TOUCH_DAYS * MILLIS_PER_DAY;
    this.ledger = ledger;
    this.#clicks = new Touches({ name: 'touches.clicks', capacityMax: clicksMax, keptMs });
    this.#views = new Touches({ name: 'touches.views', capacityMax: viewsMax, keptMs });
    this.attribution = new Attribution({ clicks: this.#clicks, views: this.#views });
  }

  setRules({ traffic, orderWindowDays }: AdSettings): void {
    this.#rules = { ...STANDARD_RULES, ...traffic };
    this.#orderWindowDays = orderWindowDays ?? ORDER_WINDOW_DAYS;
  }

  /** An impression or click that a good token stands behind. `limits` are the campaign's, in force now. */
  settle(event: AdEvent, limits: Limits): Booked {
    const { kind, claims, campaign, shop, listing } = event;
    const at = millis(event.takenAt);
    if (campaign < 0)
      return {
        settlement: unbilled(this.ledger.isExpired(claims) ? 'expired' : 'unknown-campaign'),
        givenBack: NOTHING,
      };
    const pays = billingOf(claims) === kind;
    this.ledger.count(campaign, kind, at);
    const reason = this.#invalid(event, pays);
    if (reason) {
      this.ledger.invalidate(campaign, kind, at, reason);
      return {
        settlement: unbilled(reason),
        givenBack: reason === 'click-flood' ? this.#giveBackFlood(event) : NOTHING,
      };
    }
    if (pays || kind === 'click') this.ledger.useToken(claims, kind);
    const settlement = pays
      ? this.#charge({ arm: this.split.armOf(claims, at), campaign, shop, at }, this.#priceOf(campaign, claims), limits)
      : unbilled('counted');
    (kind === 'view' ? this.#views : this.#clicks).push(event, settlement.chargedMicros);
    if (kind === 'click') this.attribution.counts.countClick(campaign, listing);
    return { settlement, givenBack: NOTHING };
  }

  /** Charges the whole, or where budgets are split an arm of them. */
  #charge(account: ArmAccount, priceMicros: number, limits: Limits): Settlement {
    const { arm, campaign, shop, at } = account;
    if (arm < 0) return this.ledger.charge({ campaign, shop, at, priceMicros, limits });
    const atMostMicros = this.split.leftMicros(account, limits, this.ledger);
    const settlement = this.ledger.charge({ campaign, shop, at, priceMicros, limits, atMostMicros });
    this.split.charged(account, settlement.chargedMicros);
    return settlement;
  }

  /** Views are sold by the thousand: what is no whole micro of one is kept until it is, so that a thousand cost their price. */
  #priceOf(campaign: number, { priceMicros, priceThousandths = 0 }: AdClaims): number {
    if (priceThousandths === 0) return priceMicros;
    this.#thousandths.resize(campaign + 1);
    const kept = this.#thousandths.data[campaign]! + priceThousandths;
    this.#thousandths.data[campaign] = kept % MILLE;
    return priceMicros + Math.floor(kept / MILLE);
  }

  #invalid(event: AdEvent, pays: boolean): InvalidReason | undefined {
    const { kind, claims, shop, signedIn, bot } = event;
    const refused = pays || kind === 'click' ? this.ledger.whyRefused(claims, kind) : undefined;
    if (refused) return refused;
    if (bot) return 'bot';
    if (this.accounts.isOwn(shop, signedIn)) return 'own-shop';
    if (kind === 'view') return pays ? invalidView(event, this.#views, this.#rules) : undefined;
    return invalidClick(event, { clicks: this.#clicks, views: this.#views }, this.#rules);
  }

  #giveBackFlood(event: AdEvent): GivenBack[] {
    const given: GivenBack[] = [];
    const at = millis(event.takenAt);
    for (const row of clicksOfFlood(event, this.#clicks, this.#rules)) {
      const campaign = this.#clicks.campaign(row);
      this.#clicks.invalidate(row);
      this.ledger.invalidate(campaign, 'click', at, 'click-flood');
      this.attribution.counts.countClick(campaign, this.#clicks.listing(row), -1);
      const back = this.#giveBackTouch(this.#clicks, row, dayOf(at), Number.POSITIVE_INFINITY);
      if (back.amountMicros > 0) given.push(back);
    }
    return given;
  }

  #giveBackTouch(touches: Touches, row: number, bookedOn: Day, atMostMicros: number): GivenBack {
    const campaign = touches.campaign(row);
    const shop = touches.shop(row);
    const billedOn = dayOf(millis(touches.takenAt(row)));
    const amountMicros = this.ledger.refund({
      campaign,
      shop,
      day: billedOn,
      amountMicros: Math.min(touches.leftMicros(row), atMostMicros),
      bookedOn,
      ofOneCharge: true,
    });
    touches.giveBack(row, amountMicros);
    return { campaign, shop, billedOn, amountMicros };
  }

  /** A line of an order. `limitsOf` gives the limits in force of a campaign. */
  order(line: OrderLine, limitsOf: (campaign: number) => Limits): BookedOrder {
    if (this.accounts.isOwn(line.shop, line.buyer)) return { credits: NOTHING };
    const credits = this.attribution.credit(line);
    const click = this.attribution.payingClick(line, this.#orderWindowDays);
    if (click < 0) {
      const paid = this.#orderBeforeClick(line);
      return paid === undefined ? { credits } : { credits, paid };
    }
    const commission = this.#clicks.commissionBasisPoints(click);
    if (commission === 0) return { credits };
    const campaign = this.#clicks.campaign(click);
    const shop = this.#clicks.shop(click);
    const at = millis(line.takenAt);
    this.ledger.count(campaign, 'order', at);
    const day = dayOf(at);
    const priceMicros = commissionMicros(line.valueMicros, commission);
    if (!this.attribution.mayCharge(line, day) || !this.#clicks.claimFor(click, line.order))
      return { credits, paid: { campaign, shop, priceMicros, settlement: unbilled('counted') } };
    const arm = this.split.armOfTouch(this.#clicks.arm(click), this.#clicks.takenAt(click), at);
    const settlement = this.#charge({ arm, campaign, shop, at }, priceMicros, limitsOf(campaign));
    this.attribution.charged(line, { campaign, shop, day, chargedMicros: settlement.chargedMicros });
    const afterMs = at - this.#clicks.takenAt(click);
    return { credits, paid: { campaign, shop, priceMicros, settlement, afterMs, arm } };
  }

  #orderBeforeClick(line: OrderLine): BookedOrder['paid'] {
    const click = this.attribution.laterClick(line);
    if (click < 0 || this.#clicks.commissionBasisPoints(click) === 0) return undefined;
    const campaign = this.#clicks.campaign(click);
    const at = millis(line.takenAt);
    this.ledger.count(campaign, 'order', at);
    this.ledger.invalidate(campaign, 'order', at, 'order-before-click');
    return { campaign, shop: this.#clicks.shop(click), priceMicros: 0, settlement: unbilled('order-before-click') };
  }

  takeBack(back: Return): BookedReturn {
    const { credits, charge, backMicros } = this.attribution.takeBack(back);
    if (!charge || backMicros === 0) return { credits, givenBack: NOTHING };
    const { campaign, shop, day } = charge;
    const bookedOn = dayOf(millis(back.takenAt));
    const amountMicros = this.ledger.refund({
      campaign,
      shop,
      day,
      amountMicros: backMicros,
      bookedOn,
      ofOneCharge: true,
    });
    return { credits, givenBack: amountMicros > 0 ? [{ campaign, shop, billedOn: day, amountMicros }] : NOTHING };
  }

  /** Counts a payment once; false where its id is known. */
  pay(shop: number, payment: Payment): boolean {
    if (this.payments.ids.find(payment.id) >= 0) return false;
    this.payments.put(payment.id, payment);
    this.ledger.pay(shop, payment.amountMicros);
    return true;
  }

  /** What a refund of the decision, or of one of its items, would give back at most. */
  refundableMicros(decisionId: string, item: TouchedItem | undefined): number {
    let sum = 0;
    for (const [touches, row] of this.#touchesOf(decisionId, item)) {
      const left = this.ledger.refundableMicros(touches.campaign(row), dayOf(millis(touches.takenAt(row))));
      sum += Math.min(touches.leftMicros(row), left);
    }
    return sum;
  }

  /** Gives back what an operator asked for: never more than was billed; nothing where the id is known. Rows are of the campaign named by day. */
  refund({ at, refund }: RefundRecord, campaign: number, shop: number): GivenBack[] {
    if (this.refunds.ids.find(refund.id) >= 0) return [];
    const bookedOn = dayOf(millis(at));
    const given: GivenBack[] = [];
    const { decision, item, day, amountMicros = Number.POSITIVE_INFINITY } = refund;
    if (decision !== undefined) {
      let left = amountMicros;
      for (const [touches, row] of this.#touchesOf(decision, item)) {
        const back = this.#giveBackTouch(touches, row, bookedOn, left);
        left -= back.amountMicros;
        if (back.amountMicros > 0) given.push(back);
      }
    } else if (campaign >= 0 && day !== undefined) {
      const billedOn = day as Day;
      const asked = Math.min(amountMicros, this.ledger.refundableMicros(campaign, billedOn));
      const back = this.ledger.refund({ campaign, shop, day: billedOn, amountMicros: asked, bookedOn });
      if (back > 0) given.push({ campaign, shop, billedOn, amountMicros: back });
    }
    this.refunds.put(refund.id, { ...refund, refundedMicros: given.reduce((sum, one) => sum + one.amountMicros, 0) });
    return given;
  }

  *#touchesOf(decisionId: string, item: TouchedItem | undefined): Generator<[Touches, number]> {
    for (const touches of [this.#clicks, this.#views])
      for (let row = touches.newest(BY_DECISION, decisionId); row >= 0; row = touches.older(BY_DECISION, row))
        if (item === undefined || touches.isOf(row, item)) yield [touches, row];
  }

  save(out: SnapshotWriter): void {
    out.json('books', [this.#rules, this.#orderWindowDays]);
    this.#thousandths.save(out, 'books.thousandths');
    for (const part of this.#parts()) part.save(out);
  }

  load(from: SnapshotReader): void {
    [this.#rules, this.#orderWindowDays] = from.json<[Required<AdTrafficRules>, WindowDays]>('books');
    this.#thousandths.load(from, 'books.thousandths');
    for (const part of this.#parts()) part.load(from);
  }

  #parts(): Part[] {
    return [
      this.ledger,
      this.split,
      this.accounts,
      this.#clicks,
      this.#views,
      this.attribution,
      this.payments,
      this.refunds,
    ];
  }
}

const NOTHING: readonly never[] = [];

/** The part of an order's value, rounded down; beyond a billion units of currency it is cut off. */
function commissionMicros(valueMicros: number, basisPoints: number): number {
  const commission = (BigInt(valueMicros) * BigInt(basisPoints)) / BASIS_POINTS;
  return Math.min(Number(commission), 1e15);
}

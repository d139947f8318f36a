/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions by id that another call of their turn answers: the list of all that a VPC has.
 *
 * Whether an id is in that VPC shows in the answer.  Who is not answered by it asks after it, so
 * nothing is lost but the time of one call.
 */
#include "aws/core/session.h"
#include "aws/ec2/read_cache.h"
#include "aws/ec2/shared_int.h"
#include "base/alloc.h"
#include "base/text.h"

static bool lists_a_vpc(const struct ec2_question *q)
{
	return !(q->ids && q->ids[0]) && q->filters && text_eq(q->filters[0].name, "vpc-id") &&
	       !q->filters[1].name;
}

/* Of a list of ids some might be answered and some not. */
static bool asks_one_id_each(const struct ec2_shared_read *r)
{
	for (const struct asker *a = r->askers; a; a = a->next)
		if (!shared_asks_by_id(a->q) || a->q->ids[1])
			return false;
	return r->askers != NULL;
}

static void pair(struct ec2_shared_read *host, struct ec2_shared_read *guest)
{
	if (guest->host || !host->askers || !lists_a_vpc(host->askers->q) ||
	    !asks_one_id_each(guest))
		return;
	guest->host = host;
	guest->next_guest = host->guests;
	host->guests = guest;
}

void shared_find_guests(struct ec2_shared_read *r)
{
	for (struct ec2_shared_read *o = r->session->shared_reads; o; o = o->next) {
		if (o == r || o->how != r->how || !text_eq(o->region, r->region) || !r->askers ||
		    !o->askers || !text_eq(o->askers->q->more, r->askers->q->more))
			continue;
		pair(r, o);
		pair(o, r);
	}
}

void shared_give_guests(struct ec2_shared_read *host, const struct xml_node *item)
{
	for (struct ec2_shared_read *g = host->guests; g; g = g->next_guest) {
		autofree char *id = ec2_item_id(g->how, item);

		for (struct asker *a = g->askers; a && id; a = a->next) {
			if (a->answered || !text_eq(a->q->ids[0], id))
				continue;
			a->err = a->q->add(a->q->list, item);
			a->answered = true;
		}
	}
}

bool shared_was_guest(struct ec2_shared_read *r)
{
	bool all = true;

	if (!r->host)
		return false;
	loop_join(http_loop(r->session->http), r->host->task);
	for (const struct asker *a = r->askers; a; a = a->next)
		all &= a->answered;
	return all;
}
